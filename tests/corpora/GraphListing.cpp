// Lists the whole call graph that weir-check searches, for comparison with what a run really did:
//   weir_graph_listing INPUT...
//
//   function <id> <symbol> <unit, or - for what no unit defines>
//   class <id> <kind> <type, or ->      a set of functions that a pointer may hold
//   edge <from> <to> call|name|pointer  a function or a class may lead to another; `name` is for
//                                       another name of a function, and what an ifunc may stand for

#include "solver/CallGraph.h"

#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace weir;

namespace {

// No edge is cut.
constexpr const char Rules[] = "[ban]\npresets = []\n";

int fail(Error E) {
  handleAllErrors(std::move(E),
                  [](const ErrorInfoBase &Info) { errs() << Info.message() << '\n'; });
  return 2;
}

const char *kindName(ClassKind Kind) {
  switch (Kind) {
  case ClassKind::Typed:
    return "typed";
  case ClassKind::Cast:
    return "cast";
  case ClassKind::Unprototyped:
    return "unprototyped";
  case ClassKind::UnknownSite:
    return "unknown-site";
  case ClassKind::UnknownFunction:
    return "unknown-function";
  case ClassKind::Assembly:
    return "assembly";
  }
  llvm_unreachable("every kind has a name");
}

const char *kindName(const CallGraph &G, size_t From, const Edge &E) {
  switch (E.kind()) {
  case EdgeKind::Call:
    return "call";
  case EdgeKind::Alias:
  case EdgeKind::SameCode:
    return "name";
  case EdgeKind::Address:
    return G.isClass(static_cast<NodeId>(From)) ? "pointer" : "name";
  case EdgeKind::Site:
  case EdgeKind::Include:
    return "pointer";
  }
  llvm_unreachable("every kind has a name");
}

StringRef orDash(StringRef Text) { return Text.empty() ? "-" : Text; }

StringRef unitOf(const Program &P, const Node &Of) {
  return Of.HasBody ? P.Units[P.Functions.find(Of.Function).first].name() : "-";
}

void list(const Program &P, const CallGraph &G, raw_ostream &Out) {
  for (NodeId N = 0; N < P.Nodes.size(); ++N)
    Out << "function " << N << ' ' << P.Nodes[N].Name << ' ' << unitOf(P, P.Nodes[N]) << '\n';
  for (size_t N = G.functionCount(); N < G.size(); ++N) {
    const TargetClass &Class = G.Classes[G.classOf(static_cast<NodeId>(N))];
    Out << "class " << N << ' ' << kindName(Class.Kind) << ' ' << orDash(Class.Type) << '\n';
  }
  for (size_t N = 0; N < G.size(); ++N)
    for (const Edge &E : G.from(static_cast<NodeId>(N)))
      Out << "edge " << N << ' ' << E.To << ' ' << kindName(G, N, E) << '\n';
}

} // namespace

int main(int Argc, char **Argv) {
  std::vector<std::string> Paths(Argv + 1, Argv + Argc);
  Expected<Policy> Policy = Policy::parse(Rules, "weir_graph_listing");
  if (!Policy)
    return fail(Policy.takeError());
  Expected<InputSet> Set = readInputs(Paths);
  if (!Set)
    return fail(Set.takeError());
  Expected<std::vector<Unit>> Units = readUnits(*Set, errs());
  if (!Units)
    return fail(Units.takeError());
  Expected<Program> P = resolveSymbols(std::move(*Units));
  if (!P)
    return fail(P.takeError());
  matchSymbolTables(*Set, *P);
  list(*P, buildCallGraph(*P, *Policy), outs());
  return 0;
}

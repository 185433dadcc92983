// Finds the functions that may run, given what a linker left out of an image.
//
// A unit that was compiled is not all in the image: a linker drops sections that nothing refers to.
// A function without a symbol there may have been inlined, so the symbol table alone proves
// nothing; but then it is called, or its address is taken, by the facts of something that is there.
// What no such chain reaches does not run, and neither calls anything nor takes an address.
// (Rapid type analysis, Bacon and Sweeney 1996, is the same idea for classes.)

#include "solver/Program.h"
#include "solver/Rows.h"

#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace weir {

/// Whether a mangled name may be one of the variants C1, C2, D0 ... of one function in the source,
/// or CI1, CI2 of a constructor that is inherited. Behind it stands the end of the name, arguments
/// of a template, or a tag.
static bool mayBeStructor(StringRef Name) {
  if (!Name.starts_with("_Z"))
    return false;
  for (size_t I = 2; I + 2 < Name.size(); ++I) {
    if (Name[I] == 'C' && Name[I + 1] == 'I' && isDigit(Name[I + 2]))
      return true;
    if ((Name[I] == 'C' || Name[I] == 'D') && isDigit(Name[I + 1]) &&
        StringRef("EIB").contains(Name[I + 2]))
      return true;
  }
  return false;
}

Holders::Holders(const Program &P, uint32_t Unit)
    : Owner(P.Units[Unit]), NodeOfName(Owner.Facts.Strings.size(), None) {
  for (uint32_t I = 0; I < Owner.Facts.Functions.size(); ++I)
    if (facts::Str Name = Owner.Facts.Functions[I].Name; !mayBeStructor(Owner.Facts.Strings[Name]))
      NodeOfName[Name] = P.node(Unit, I);
  NodeOfName[0] = None;
}

NodeId Holders::of(const facts::Address &A) const {
  return (A.Flags & facts::AddressInInitializer) ? None : NodeOfName[A.Holder];
}

namespace {

class Propagation {
public:
  explicit Propagation(Program &P)
      : P(P), Steps(P.Nodes.size(), stripesFor(P.Calls.size(), P.Nodes.size()),
                    [this](Stripe Part, auto Sink) {
                      forEachStep(Part, [&](NodeId From, NodeId To) {
                        if (From != None)
                          Sink(From, To);
                      });
                    }) {}

  void run() {
    for (NodeId N = 0; N < P.Nodes.size(); ++N) {
      Node &Of = P.Nodes[N];
      Of.MayRun = Of.InImage || Of.InProgram || Of.Entered || Of.IsMember;
      if (Of.MayRun)
        Work.push_back(N);
    }
    // What an unknown place holds the address of may run as well.
    forEachStep(Stripe{0, 1}, [&](NodeId From, NodeId To) {
      if (From == None)
        enter(To);
    });
    while (!Work.empty()) {
      NodeId N = Work.back();
      Work.pop_back();
      for (NodeId To : Steps[N])
        enter(To);
    }
  }

private:
  void enter(NodeId N) {
    if (P.Nodes[N].MayRun)
      return;
    P.Nodes[N].MayRun = true;
    Work.push_back(N);
  }

  /// Whoever runs may run what it calls, what it holds the address of, and what it is a name of.
  template <typename Visitor> void forEachStep(Stripe Part, Visitor Visit) const {
    const auto [First, End] = Part.of(P.Units.size());
    for (uint32_t U = First; U < End; ++U) {
      const facts::UnitFacts &Facts = P.Units[U].Facts;
      for (const facts::Call &C : Facts.Calls)
        Visit(P.node(U, C.Caller), P.node(U, C.Callee));
      for (const facts::Alias &A : Facts.Aliases)
        Visit(P.node(U, A.Name), P.node(U, A.Target));
      const Holders HoldersHere(P, U);
      for (const facts::Address &A : Facts.Addresses)
        Visit(HoldersHere.of(A), P.node(U, A.Target));
    }
    if (!Part.isLast())
      return;
    for (const std::vector<SameCode> *Names : {&P.SameCodes, &P.Folded, &P.Wraps})
      for (const SameCode &S : *Names)
        Visit(S.Name, S.Target);
  }

  Program &P;
  Rows<NodeId> Steps; ///< by where they start
  std::vector<NodeId> Work;
};

} // namespace

void findWhatRuns(Program &P) {
  if (P.ImageHasLocals)
    Propagation(P).run();
}

} // namespace weir

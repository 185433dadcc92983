// weir-check: from facts and a policy to findings. Read main() as the list of passes.

#include "facts/Dump.h"
#include "output/Text.h"
#include "solver/Findings.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace weir;

namespace {

enum ExitStatus { ExitClean = 0, ExitFindings = 1, ExitCouldNotRun = 2 };

enum class Format { Text };
enum class Color { Auto, Always, Never };

cl::OptionCategory Category("weir-check options");

cl::SubCommand DumpCommand("dump", "list the facts of files as text");
cl::list<std::string> DumpPaths(cl::Positional, cl::OneOrMore, cl::desc("FILE..."),
                                cl::sub(DumpCommand), cl::cat(Category));

cl::list<std::string> Paths(cl::Positional, cl::OneOrMore, cl::desc("INPUT..."), cl::cat(Category));
cl::opt<std::string>
    PolicyPath("policy", cl::value_desc("weir.toml"), cl::cat(Category),
               cl::desc("what is banned (default: the C and C++ heap, everywhere)"));
cl::opt<Format> OutputFormat("format", cl::desc("how findings are written"), cl::cat(Category),
                             cl::values(clEnumValN(Format::Text, "text", "as a compiler does")),
                             cl::init(Format::Text));
cl::opt<Color> UseColor("color", cl::desc("color on standard output"), cl::cat(Category),
                        cl::values(clEnumValN(Color::Auto, "auto", "on a terminal"),
                                   clEnumValN(Color::Always, "always", ""),
                                   clEnumValN(Color::Never, "never", "")),
                        cl::init(Color::Auto));

/// Errors of inputs and policy are whole lines already.
int couldNotRun(Error E) {
  handleAllErrors(std::move(E),
                  [](const ErrorInfoBase &Info) { errs() << Info.message() << '\n'; });
  return ExitCouldNotRun;
}

bool wantsColor() {
  if (UseColor != Color::Auto)
    return UseColor == Color::Always;
  if (sys::Process::GetEnv("NO_COLOR"))
    return false;
  return sys::Process::GetEnv("FORCE_COLOR") || outs().has_colors();
}

int dumpFacts() {
  Expected<InputSet> Set = readInputs(DumpPaths);
  if (!Set)
    return couldNotRun(Set.takeError());
  for (const Input &In : Set->Inputs)
    for (const facts::Blob &B : In.Blobs) {
      Expected<facts::UnitFacts> Unit = facts::decode(B);
      if (!Unit)
        return couldNotRun(inFile(In.Name, Unit.takeError()));
      facts::dump(B, *Unit, outs());
    }
  return ExitClean;
}

void summarize(const Program &P, const Report &Result) {
  size_t Defined = count_if(P.Nodes, [](const Node &N) { return N.HasBody; });
  constexpr const char *Verdicts[] = {"clean", "violation", "unproven"};
  errs() << "weir-check: " << Defined << " functions, " << P.Units.size()
         << " units: " << Verdicts[static_cast<int>(Result.Result)];
  if (size_t N = Result.Findings.size())
    errs() << ", " << N << (N == 1 ? " finding" : " findings");
  errs() << '\n';
}

int check() {
  // The policy comes first: a mistake in it is told before any work.
  Expected<Policy> Rules = PolicyPath.empty() ? Policy::parse("", "") : Policy::load(PolicyPath);
  if (!Rules)
    return couldNotRun(Rules.takeError());

  // Every input is open and of a known kind; its facts are located, its symbol table is read.
  Expected<InputSet> Set = readInputs(Paths);
  if (!Set)
    return couldNotRun(Set.takeError());

  // Every unit is decoded and checked; each is there once.
  Expected<std::vector<Unit>> Units = readUnits(*Set, errs());
  if (!Units)
    return couldNotRun(Units.takeError());

  // A name means one function; it is known which bodies belong to it.
  Expected<Program> P = resolveSymbols(std::move(*Units));
  if (!P)
    return couldNotRun(P.takeError());

  // What the symbol tables define is part of the program; what has no facts there is known.
  matchSymbolTables(*Set, *P);

  // Every indirect call has a class of functions that it may reach.
  IndirectCalls Calls = resolveIndirectCalls(*P);

  // The graph has no edge that the policy cuts; banned functions, init code and roots are marked.
  CallGraph G = applyPolicy(*P, std::move(Calls), *Rules);

  // Everything that is banned or unknown and can be reached has a finding, with a path.
  Report Result = findViolations(*P, G, *Rules);
  if (G.Roots.empty() && P->Unknown.empty() && Result.Findings.empty())
    return couldNotRun(inFile(Paths.front(), createStringError("it holds no code to start from; "
                                                               "give the program beside its "
                                                               "libraries")));

  outs().enable_colors(wantsColor());
  writeText(Result.Findings, outs());
  outs().flush();
  summarize(*P, Result);
  return Result.Findings.empty() ? ExitClean : ExitFindings;
}

} // namespace

int main(int Argc, char **Argv) {
  cl::HideUnrelatedOptions(Category);
  cl::HideUnrelatedOptions(Category, DumpCommand);
  if (!cl::ParseCommandLineOptions(Argc, Argv,
                                   "Checks that a program cannot reach what is banned.\n", &errs()))
    return ExitCouldNotRun;
  return DumpCommand ? dumpFacts() : check();
}

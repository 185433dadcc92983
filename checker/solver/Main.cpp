// weir-check: from facts and a policy to findings. Read main() as the list of passes.

#include "facts/Dump.h"
#include "output/Text.h"
#include "solver/Findings.h"
#include "solver/Options.h"

#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace weir;

namespace {

enum ExitStatus { ExitClean = 0, ExitFindings = 1, ExitCouldNotRun = 2 };

/// Errors of inputs and policy are whole lines already.
int couldNotRun(Error E) {
  handleAllErrors(std::move(E),
                  [](const ErrorInfoBase &Info) { errs() << Info.message() << '\n'; });
  return ExitCouldNotRun;
}

bool wantsColor(Color Wanted) {
  if (Wanted != Color::Auto)
    return Wanted == Color::Always;
  if (sys::Process::GetEnv("NO_COLOR"))
    return false;
  return sys::Process::GetEnv("FORCE_COLOR") || outs().has_colors();
}

int dumpFacts(const Options &Opts) {
  Expected<InputSet> Set = readInputs(Opts.Paths);
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
         << (P.Units.size() == 1 ? " unit: " : " units: ")
         << Verdicts[static_cast<int>(Result.Result)];
  if (size_t N = Result.Findings.size())
    errs() << ", " << N << (N == 1 ? " finding" : " findings");
  errs() << '\n';
}

int check(const Options &Opts) {
  // The policy comes first: a mistake in it is told before any work.
  Expected<Policy> Rules =
      Opts.PolicyPath.empty() ? Policy::parse("", "") : Policy::load(Opts.PolicyPath);
  if (!Rules)
    return couldNotRun(Rules.takeError());

  // Every input is open and of a known kind; its facts are located, its symbol table is read.
  Expected<InputSet> Set = readInputs(Opts.Paths);
  if (!Set)
    return couldNotRun(Set.takeError());

  // Every unit is decoded and checked; each is there once, and all are for one machine.
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
  if (G.Roots.empty() && Result.Findings.empty())
    return couldNotRun(inFile(Opts.Paths.front(),
                              createStringError("it holds no code to start from; give the program "
                                                "beside its libraries")));

  outs().enable_colors(wantsColor(Opts.Colors));
  writeText(Result.Findings, outs());
  outs().flush();
  summarize(*P, Result);
  return Result.Findings.empty() ? ExitClean : ExitFindings;
}

} // namespace

int main(int Argc, char **Argv) {
  Expected<Options> Opts = parseOptions(ArrayRef<const char *>(Argv, Argc).drop_front());
  if (!Opts)
    return couldNotRun(inFile("weir-check", Opts.takeError()));
  switch (Opts->What) {
  case Command::Help:
    outs() << HelpText;
    return ExitClean;
  case Command::Dump:
    return dumpFacts(*Opts);
  case Command::Check:
    return check(*Opts);
  }
  llvm_unreachable("every command is run");
}

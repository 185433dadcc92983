// weir-check: from facts and a policy to findings. Read load() and check() as the list of passes.

#include "facts/Dump.h"
#include "output/Emitters.h"
#include "refute/Refute.h"
#include "solver/Baseline.h"
#include "solver/BuildInputs.h"
#include "solver/Findings.h"
#include "solver/Options.h"
#include "solver/Questions.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <ctime>

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

int misused(Error E) { return couldNotRun(inFile("weir-check", std::move(E))); }

bool wantsColor(Color Wanted) {
  if (Wanted != Color::Auto)
    return Wanted == Color::Always;
  if (sys::Process::GetEnv("NO_COLOR"))
    return false;
  return sys::Process::GetEnv("FORCE_COLOR") || outs().has_colors();
}

void write(const Report &Result, const Options &Opts) {
  switch (Opts.Output) {
  case Format::Text:
    outs().enable_colors(wantsColor(Opts.Colors));
    writeText(Result, outs());
    break;
  case Format::Sarif:
    writeSarif(Result, outs());
    break;
  case Format::Json:
    writeJson(Result, outs());
    break;
  case Format::Dot:
    writeDot(Result, outs());
    break;
  }
  outs().flush();
}

/// Ends the process, where returning would first take apart what may be a gigabyte.
[[noreturn]] void finish(int Status) {
  // Half a report is none.
  outs().flush();
  if (std::error_code E = outs().error())
    Status = misused(createStringError("cannot write to standard output: " + E.message() +
                                       "; give it a place that can be written"));
  std::_Exit(Status);
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

/// What was read. The program refers to the inputs.
struct Loaded {
  InputSet Set;
  Program P;
  std::vector<Finding> Incomplete; ///< units whose facts lack something
};

Expected<Loaded> load(const Options &Opts) {
  // Every input is open and of a known kind; its facts are located, its symbol table is read.
  bool FromBuild = !Opts.Extraction.Build.empty();
  Expected<InputSet> Set = readInputs(Opts.Paths, /*FactsElsewhere=*/FromBuild);
  if (!Set)
    return Set.takeError();

  for (const std::string &Warning : Set->Warnings)
    errs() << Warning << '\n';

  // Of a build, every unit has facts, or its object's edges in their place.
  std::vector<Finding> Incomplete;
  if (FromBuild) {
    Expected<std::vector<ExtractedUnit>> Units = extractUnits(Opts.Extraction, errs());
    if (!Units)
      return Units.takeError();
    Incomplete = incompleteUnits(*Units);
    if (Error E = addUnits(*Units, *Set))
      return std::move(E);
  }

  // Every unit is decoded and checked; each is there once, and all are for one machine.
  Expected<std::vector<Unit>> Units = readUnits(*Set, errs());
  if (!Units)
    return Units.takeError();

  // A name means one function; it is known which bodies belong to it.
  Expected<Program> P = resolveSymbols(std::move(*Units));
  if (!P)
    return P.takeError();

  // What the symbol tables define is part of the program; what has no facts there is known.
  matchSymbolTables(*Set, *P);

  // What was compiled and then left out of the image is known not to run.
  findWhatRuns(*P);
  return Loaded{std::move(*Set), std::move(*P), std::move(Incomplete)};
}

Date clockDate() {
  std::time_t Now = std::time(nullptr);
  std::tm Day = *std::gmtime(&Now);
  return {static_cast<unsigned>(Day.tm_year + 1900), static_cast<unsigned>(Day.tm_mon + 1),
          static_cast<unsigned>(Day.tm_mday)};
}

/// The policy of the options; without one, what Text says.
Expected<Policy> policyOr(const Options &Opts, StringRef Text) {
  return Opts.PolicyPath.empty() ? Policy::parse(Text, "") : Policy::load(Opts.PolicyPath);
}

void summarize(const Report &Result) {
  for (const FindingKey &K : Result.Refuted)
    errs() << "weir-check: refuted: '" << K.Root << "' reaches banned function '" << K.Callee
           << "'\n";
  errs() << "weir-check: " << Result.Functions << " functions, " << Result.Units
         << (Result.Units == 1 ? " unit: " : " units: ") << nameOf(Result.verdict());
  if (size_t N = Result.Findings.size())
    errs() << ", " << N << (N == 1 ? " finding" : " findings");
  if (size_t N = Result.Refuted.size())
    errs() << ", " << N << " refuted";
  errs() << '\n';
}

/// The policy without what is over. The clock is asked only where the answer matters.
Expected<Policy> policyOfToday(const Options &Opts) {
  Expected<Policy> Rules = policyOr(Opts, "");
  if (Rules && Rules->hasExpiry())
    Rules->expire(Opts.Today ? *Opts.Today : clockDate());
  return Rules;
}

/// Compares with the baseline, after bringing it up to date if that is asked for.
Error applyBaseline(const Options &Opts, Report &Result) {
  if (Opts.UpdateBaseline)
    if (Error E = Baseline::update(Opts.BaselinePath, Result))
      return E;
  Expected<Baseline> Known = Baseline::load(Opts.BaselinePath);
  if (!Known)
    return Known.takeError();
  Known->apply(Result);
  return Error::success();
}

/// Which roots do not reach which banned functions, although Paths, which are taken away, say so.
Expected<std::vector<FindingKey>> refute(const Options &Opts, const Program &P, const CallGraph &G,
                                         const FromRoots &Reached, std::vector<Witness> &Paths) {
  std::vector<FindingKey> Keys;
  if (Opts.RefuteBuild.empty())
    return Keys;
  ExtractOptions Build = Opts.Extraction;
  Build.Build = Opts.RefuteBuild;
  Expected<std::vector<Witness>> Refuted = takeRefuted(P, G, Reached, Paths, Build, errs());
  if (!Refuted)
    return Refuted.takeError();
  for (const Witness &W : *Refuted)
    Keys.push_back({"", P.symbolOf(W.Steps.front().From), "", P.symbolOf(W.Target)});
  llvm::sort(Keys);
  Keys.erase(llvm::unique(Keys), Keys.end());
  return Keys;
}

int check(const Options &Opts) {
  // The policy comes first: a mistake in it is told before any work.
  Expected<Policy> Rules = policyOfToday(Opts);
  if (!Rules)
    return couldNotRun(Rules.takeError());

  // The program is known, as far as the inputs tell.
  Expected<Loaded> In = load(Opts);
  if (!In)
    return couldNotRun(In.takeError());

  // Every indirect call has a class of functions that it may reach. The graph has no edge that the
  // policy cuts; banned functions, init code and roots are marked.
  CallGraph G = buildCallGraph(In->P, *Rules);

  // What is banned and can be reached has a path.
  // A baseline accepts callers one by one, so that a new one is not hidden behind an old one.
  bool EveryCaller = Opts.All || !Opts.BaselinePath.empty();
  FromRoots Reached(G);
  std::vector<Witness> Paths = findBannedPaths(
      In->P, G, Reached, EveryCaller ? PathChoice::EveryCaller : PathChoice::Nearest);

  // A path that the constants of the code rule out is none.
  Expected<std::vector<FindingKey>> Refuted = refute(Opts, In->P, G, Reached, Paths);
  if (!Refuted)
    return couldNotRun(Refuted.takeError());

  // Everything that is banned or unknown and can be reached has a finding.
  Report Result = findViolations(In->P, G, *Rules, Reached, Paths);
  Result.Refuted = std::move(*Refuted);
  if (G.Roots.empty() && Result.Findings.empty())
    return couldNotRun(inFile(In->Set.Inputs.front().Name,
                              createStringError("it holds no code to start from; give the program "
                                                "beside its libraries, or correct [roots] and "
                                                "[init] in the policy")));
  llvm::append_range(Result.Findings, In->Incomplete);
  llvm::sort(Result.Findings);

  // What the project has accepted for now is left out.
  if (!Opts.BaselinePath.empty())
    if (Error E = applyBaseline(Opts, Result))
      return couldNotRun(std::move(E));
  write(Result, Opts);
  summarize(Result);
  finish(Result.Findings.empty() ? ExitClean : ExitFindings);
}

/// A policy that cuts no edge and asks for nothing.
constexpr const char *NoPolicy = "[ban]\npresets = []\n[roots]\nfunctions = []\n";

/// `explain` and `paths`: the functions are named, the graph answers.
int answer(const Options &Opts) {
  Expected<Policy> Rules = policyOr(Opts, NoPolicy);
  if (!Rules)
    return couldNotRun(Rules.takeError());
  Expected<Loaded> In = load(Opts);
  if (!In)
    return couldNotRun(In.takeError());
  Expected<std::vector<NodeId>> From = functionsNamed(In->P, Opts.From);
  if (!From)
    return misused(From.takeError());
  Expected<std::vector<NodeId>> To = functionsNamed(In->P, Opts.To);
  if (!To)
    return misused(To.takeError());

  // An edge is explained whether or not the policy cuts it; paths are as the policy leaves them.
  bool Explains = Opts.What == Command::Explain;
  Policy Nothing = cantFail(Policy::parse(NoPolicy, ""));
  CallGraph G = buildCallGraph(In->P, Explains ? Nothing : *Rules);
  Report Result = Explains ? explainEdges(In->P, G, *Rules, *From, *To)
                           : showPaths(In->P, G, *From, *To,
                                       Opts.All ? PathChoice::EveryCaller : PathChoice::Nearest);
  write(Result, Opts);
  if (!Result.Findings.empty())
    return ExitClean;
  errs() << "weir-check: '" << Opts.From << (Explains ? "' does not call '" : "' does not reach '")
         << Opts.To << "'"
         << (Explains ? "; `weir-check paths` tells whether others do for it" : "") << '\n';
  return ExitFindings;
}

int run(const Options &Opts) {
  switch (Opts.What) {
  case Command::Help:
    outs() << HelpText;
    return ExitClean;
  case Command::Version:
    outs() << "weir-check " << ToolVersion << " (LLVM " << LLVM_VERSION_STRING << ")\n";
    return ExitClean;
  case Command::Dump:
    return dumpFacts(Opts);
  case Command::Explain:
  case Command::Paths:
    return answer(Opts);
  case Command::Check:
    return check(Opts);
  }
  llvm_unreachable("every command is run");
}

} // namespace

int main(int Argc, char **Argv) {
  Expected<Options> Opts = parseOptions(ArrayRef<const char *>(Argv, Argc).drop_front());
  if (!Opts)
    return misused(Opts.takeError());
  findTools(Opts->Extraction, Argv[0]);
  finish(run(*Opts));
}

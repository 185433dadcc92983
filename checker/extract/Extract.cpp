#include "extract/Extract.h"
#include "extract/ClangCommand.h"
#include "extract/Completeness.h"
#include "extract/FactsCache.h"
#include "extract/Process.h"
#include "extract/Toolchain.h"
#include "facts/Format.h"
#include "policy/NameList.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/xxhash.h"

#include <mutex>

using namespace llvm;

namespace weir {
namespace {

/// One line that is written over and over, where somebody sees it.
class Progress {
public:
  Progress(raw_ostream &Talk, size_t Total)
      : Talk(Talk), Total(Total), IsSeen(Talk.is_displayed()) {}
  ~Progress() {
    if (IsSeen)
      Talk << "\r\x1b[K";
  }

  void finished(StringRef Unit) {
    std::lock_guard<std::mutex> Guard(Lock);
    ++Done;
    if (!IsSeen)
      return;
    constexpr size_t Width = 24, NameWidth = 40;
    size_t Filled = Done * Width / Total;
    Talk << "\r\x1b[Kweir-check: [" << std::string(Filled, '#') << std::string(Width - Filled, '.')
         << "] " << Done << '/' << Total << ' ' << Unit.take_back(NameWidth);
    Talk.flush();
  }

private:
  raw_ostream &Talk;
  size_t Total, Done = 0;
  bool IsSeen;
  std::mutex Lock;
};

Error inSource(StringRef Source, Error E) {
  return createStringError(Source + ": error: " + toString(std::move(E)));
}

/// The bytes of the section that the plugin writes.
Expected<std::string> factsOf(StringRef ObjectPath) {
  Expected<object::OwningBinary<object::ObjectFile>> File =
      object::ObjectFile::createObjectFile(ObjectPath);
  if (!File)
    return File.takeError();
  for (const object::SectionRef &Section : File->getBinary()->sections()) {
    Expected<StringRef> Name = Section.getName();
    if (!Name)
      return Name.takeError();
    if (*Name != facts::SectionName)
      continue;
    Expected<StringRef> Bytes = Section.getContents();
    if (!Bytes)
      return Bytes.takeError();
    return Bytes->str();
  }
  return createStringError("clang wrote no facts");
}

/// The files that a rule of make names after its colon.
std::vector<std::string> inputsIn(StringRef Rule) {
  std::vector<std::string> Files;
  std::string File;
  StringRef Rest = Rule.split(": ").second;
  for (size_t I = 0; I <= Rest.size(); ++I) {
    char C = I < Rest.size() ? Rest[I] : '\n';
    char Next = I + 1 < Rest.size() ? Rest[I + 1] : '\n';
    if ((C == '\\' && Next != '\n') || (C == '$' && Next == '$')) {
      File += Rest[++I];
    } else if (C == ' ' || C == '\n' || C == '\\') {
      if (!File.empty())
        Files.push_back(std::move(File));
      File.clear();
    } else {
      File += C;
    }
  }
  return Files;
}

class Extractor {
public:
  Extractor(const ExtractOptions &Options, raw_ostream &Talk)
      : Options(Options), Talk(Talk), Compilers(Options.Clang), Cache(cacheDirectory(Options)) {}

  Expected<std::vector<ExtractedUnit>> run() {
    Expected<std::vector<CompileCommand>> Read = readCompileCommands(Options.Build);
    if (!Read)
      return Read.takeError();
    Commands = std::move(*Read);
    if (Error E = selectUnits())
      return E;
    if (Error E = checkPlugin())
      return E;
    if (Error E = Cache.prepare())
      return E;
    for (const CompileCommand &C : Commands) {
      Flags.emplace_back();
      if (C.Lang == Language::Assembly)
        continue;
      Expected<ClangFlags> Known = Compilers.flagsFor(C);
      if (!Known)
        return inSource(C.Source, joinedWith(Known.takeError(),
                                             "; install the compiler that the command names, or "
                                             "generate the compile commands again"));
      Flags.back() = std::move(Known->Words);
    }
    if (Error E = extractAll())
      return E;
    tell();
    return std::move(Units);
  }

private:
  static std::string cacheDirectory(const ExtractOptions &Options) {
    if (!Options.Cache.empty())
      return Options.Cache;
    SmallString<128> Path(Options.Build);
    if (!sys::fs::is_directory(Path))
      sys::path::remove_filename(Path);
    sys::path::append(Path, ".weir");
    (void)sys::fs::make_absolute(Path);
    return Path.str().str();
  }

  static Error joinedWith(Error E, StringRef Remedy) {
    return createStringError(toString(std::move(E)) + Remedy);
  }

  Error selectUnits() {
    if (Options.Only.empty())
      return Error::success();
    erase_if(Commands, [&](const CompileCommand &C) {
      return none_of(Options.Only,
                     [&](const std::string &Glob) { return isFileNamed(C.Source, Glob); });
    });
    return Commands.empty() ? createStringError(Options.Build + ": error: no unit is named '" +
                                                Options.Only.front() + "'; correct --only")
                            : Error::success();
  }

  /// A clang that refuses the plugin would make every unit one that it cannot read.
  Error checkPlugin() {
    Expected<TemporaryDirectory> Files = TemporaryDirectory::make();
    if (!Files)
      return Files.takeError();
    std::vector<std::string> Command = {Options.Clang,         "-x", "c", "/dev/null", "-c", "-o",
                                        Files->file("empty.o")};
    llvm::append_range(Command, pluginFlags());
    Expected<Outcome> Ran = runProgram(Command, "/");
    if (!Ran)
      return createStringError("weir-check: error: " + toString(Ran.takeError()) +
                               "; name the clang of this LLVM with --clang");
    if (Ran->Status != 0)
      return createStringError("weir-check: error: '" + Options.Clang + "' does not load '" +
                               Options.Plugin + "': " + firstError(Ran->Err) +
                               "; name both with --clang and --plugin");
    auto Plugin = MemoryBuffer::getFile(Options.Plugin);
    PluginHash = Plugin ? xxh3_64bits((*Plugin)->getBuffer()) : 0;
    return Error::success();
  }

  std::vector<std::string> pluginFlags() const {
    return {"-fplugin=" + Options.Plugin, "-fpass-plugin=" + Options.Plugin};
  }

  Error extractAll() {
    Units.resize(Commands.size());
    std::vector<std::string> Errors(Commands.size());
    Progress Bar(Talk, Commands.size());
    DefaultThreadPool Pool(hardware_concurrency(Options.Jobs));
    for (size_t I = 0; I < Commands.size(); ++I)
      Pool.async([&, I] {
        if (Error E = extractOne(I))
          Errors[I] = toString(inSource(Commands[I].Source, std::move(E)));
        Bar.finished(Commands[I].Source);
      });
    Pool.wait();
    std::string All;
    for (const std::string &E : Errors)
      if (!E.empty())
        All += (All.empty() ? "" : "\n") + E;
    return All.empty() ? Error::success() : createStringError(All);
  }

  Error extractOne(size_t I) {
    const CompileCommand &C = Commands[I];
    ExtractedUnit &Unit = Units[I];
    Unit.Source = C.Source;
    if (!C.Object.empty() && sys::fs::exists(C.Object))
      Unit.Object = C.Object;
    if (C.Lang == Language::Assembly)
      return degrade(Unit, "assembly has no facts");
    if (Error E = compile(I)) {
      std::string Why = toString(std::move(E));
      return degrade(Unit, Why);
    }
    if (Unit.Object.empty())
      return Error::success();
    Expected<std::vector<std::string>> Missing =
        missingFunctions(Unit.Object, Unit.Facts->getBuffer());
    if (!Missing)
      return createStringError("cannot compare with its object '" + Unit.Object +
                               "': " + toString(Missing.takeError()) + "; build it again");
    Unit.Missing = std::move(*Missing);
    return Error::success();
  }

  Error compile(size_t I) {
    const CompileCommand &C = Commands[I];
    std::vector<std::string> Command = clangCommand(Options.Clang, Flags[I], C);
    llvm::append_range(Command, pluginFlags());
    std::vector<std::string> Key = Command;
    Key.push_back(C.Directory);
    Key.push_back(std::to_string(PluginHash));
    if (std::optional<std::string> Known = Cache.find(Key)) {
      Units[I].Facts = MemoryBuffer::getMemBufferCopy(*Known, C.Source);
      Units[I].Reused = true;
      return Error::success();
    }
    Expected<TemporaryDirectory> Files = TemporaryDirectory::make();
    if (!Files)
      return Files.takeError();
    for (const std::string &Word : {std::string("-o"), Files->file("unit.o"), std::string("-MD"),
                                    std::string("-MF"), Files->file("unit.d")})
      Command.push_back(Word);
    Expected<Outcome> Ran = runProgram(Command, C.Directory);
    if (!Ran)
      return Ran.takeError();
    if (Ran->Status != 0)
      return createStringError(firstError(Ran->Err));
    Expected<std::string> Facts = factsOf(Files->file("unit.o"));
    if (!Facts)
      return Facts.takeError();
    Units[I].Facts = MemoryBuffer::getMemBufferCopy(*Facts, C.Source);
    if (auto Rule = MemoryBuffer::getFile(Files->file("unit.d")))
      Cache.store(Key, absoluteInputs((*Rule)->getBuffer(), C.Directory), *Facts);
    return Error::success();
  }

  static std::vector<std::string> absoluteInputs(StringRef Rule, StringRef Directory) {
    std::vector<std::string> Files = inputsIn(Rule);
    for (std::string &File : Files)
      File = absoluteIn(Directory, File);
    return Files;
  }

  /// The edges of the object in the place of the source's: machine code, without types.
  Error degrade(ExtractedUnit &Unit, StringRef Why) {
    if (Unit.Object.empty())
      return createStringError(Why + "; and there is no object to take the edges from: build the "
                                     "project first");
    Expected<TemporaryDirectory> Files = TemporaryDirectory::make();
    if (!Files)
      return Files.takeError();
    std::string Output = Files->file("object.facts");
    Expected<Outcome> Ran =
        runProgram({Options.Linkguard, "summarize", Unit.Object, "--output", Output}, "/");
    if (!Ran)
      return createStringError(Why + "; and its object cannot be read: " +
                               toString(Ran.takeError()) + "; name linkguard with --linkguard");
    auto Facts = MemoryBuffer::getFile(Output, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (Ran->Status != 0 || !Facts)
      return createStringError(Why + "; and its object cannot be read: " + firstError(Ran->Err));
    Unit.Facts = MemoryBuffer::getMemBufferCopy((*Facts)->getBuffer(), Unit.Source);
    Unit.WhyDegraded = Why.str();
    return Error::success();
  }

  void tell() const {
    size_t Reused = count_if(Units, [](const ExtractedUnit &U) { return U.Reused; });
    size_t Degraded =
        count_if(Units, [](const ExtractedUnit &U) { return !U.WhyDegraded.empty(); });
    size_t Unbuilt = count_if(Units, [](const ExtractedUnit &U) { return U.Object.empty(); });
    Talk << "weir-check: " << Units.size() << (Units.size() == 1 ? " unit" : " units")
         << " extracted, " << Reused << " of them unchanged";
    if (Degraded)
      Talk << ", " << Degraded << " by their objects' own edges";
    if (Unbuilt)
      Talk << ", " << Unbuilt << " not compared with an object, since there is none";
    Talk << '\n';
    for (const ExtractedUnit &U : Units)
      if (!U.WhyDegraded.empty())
        Talk << U.Source << ": warning: clang cannot read this unit, so that only the calls of '"
             << U.Object << "' are known: " << U.WhyDegraded << '\n';
  }

  const ExtractOptions &Options;
  raw_ostream &Talk;
  Toolchains Compilers;
  FactsCache Cache;
  uint64_t PluginHash = 0;
  std::vector<CompileCommand> Commands;
  std::vector<std::vector<std::string>> Flags; ///< by command
  std::vector<ExtractedUnit> Units;            ///< by command
};

} // namespace

Expected<std::vector<ExtractedUnit>> extractUnits(const ExtractOptions &Options,
                                                  raw_ostream &Talk) {
  return Extractor(Options, Talk).run();
}

} // namespace weir

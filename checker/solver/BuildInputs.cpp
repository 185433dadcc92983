#include "solver/BuildInputs.h"
#include "output/Rules.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace llvm;

namespace weir {

static std::string clangOfThisLlvm() {
  std::string Built = WEIR_LLVM_TOOLS "/clang";
  if (sys::fs::can_execute(Built))
    return Built;
  std::string Versioned = "clang-" + std::to_string(LLVM_VERSION_MAJOR);
  ErrorOr<std::string> Found = sys::findProgramByName(Versioned);
  return Found ? *Found : "clang";
}

/// The first plugin of these places beside the program: installed, or in the build tree.
static std::string pluginBeside(const char *Argv0) {
  static int Here = 0;
  std::string Program = sys::fs::getMainExecutable(Argv0, &Here);
  SmallString<128> Path;
  for (StringRef Place : {"../lib/weir/weir.so", "../plugin/weir.so"}) {
    Path = sys::path::parent_path(Program);
    sys::path::append(Path, Place);
    sys::path::remove_dots(Path, /*remove_dot_dot=*/true);
    if (sys::fs::exists(Path))
      break;
  }
  return Path.str().str();
}

void findTools(ExtractOptions &Options, const char *Argv0) {
  if (Options.Clang.empty())
    Options.Clang = clangOfThisLlvm();
  if (Options.Plugin.empty())
    Options.Plugin = pluginBeside(Argv0);
  SmallString<128> Plugin(Options.Plugin);
  (void)sys::fs::make_absolute(Plugin);
  Options.Plugin = Plugin.str().str();
}

Error addUnits(std::vector<ExtractedUnit> &Units, InputSet &Set) {
  for (ExtractedUnit &Unit : Units) {
    Expected<std::vector<facts::Blob>> Blobs = facts::scan(Unit.Facts->getBuffer());
    if (!Blobs)
      return inFile(Unit.Source, Blobs.takeError());
    Input In;
    In.Name = Unit.Source;
    In.Blobs = std::move(*Blobs);
    if (!Unit.WhyDegraded.empty())
      for (facts::Blob &B : In.Blobs)
        B.Kind = facts::UnitKind::Unit; // a part of the program, unlike a library's member
    Set.Inputs.push_back(std::move(In));
    Set.Buffers.push_back(std::move(Unit.Facts));
  }
  return Error::success();
}

std::vector<Finding> incompleteUnits(const std::vector<ExtractedUnit> &Units) {
  std::vector<Finding> Findings;
  for (const ExtractedUnit &Unit : Units)
    for (const std::string &Name : Unit.Missing) {
      Place At{Unit.Source, 0, 0};
      StringRef Object = sys::path::filename(Unit.Object);
      Findings.push_back(
          {RuleIncompleteUnit,
           Verdict::Unproven,
           {At, ("'" + Twine(Object) + "' has or calls '" + Name + "', of which the facts of '" +
                 Unit.Source + "' know nothing")
                    .str()},
           {{At, "build it again if its source has changed since; else a macro or an include "
                 "differs between the two compilers: pass what is missing on the command line"}},
           {{RuleIncompleteUnit, "", Unit.Source, Name}}});
    }
  return Findings;
}

} // namespace weir

#include "frontend/DebugLocations.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace weir::frontend {

static const DICompileUnit *unitOf(const DIScope *Scope) {
  const auto *Local = dyn_cast<DILocalScope>(Scope);
  return Local && Local->getSubprogram() ? Local->getSubprogram()->getUnit() : nullptr;
}

/// Debug information splits a file's name in two where it shares a directory with the working
/// directory. Put it together again as the compiler was given it: absolute or relative.
static std::string fileName(const DIScope *Scope, const StringSet<> &Files) {
  const DIFile *File = Scope->getFile();
  if (!File)
    return "";
  const StringRef Name = File->getFilename(), Directory = File->getDirectory();
  if (Directory.empty() || sys::path::is_absolute(Name))
    return Name.str();
  SmallString<256> Whole(Directory);
  sys::path::append(Whole, Name);
  const DICompileUnit *Unit = unitOf(Scope);
  const bool Relative = !Unit || Directory == Unit->getDirectory();
  return Relative && !Files.contains(Whole) ? Name.str() : std::string(Whole);
}

SourcePoint pointOf(const Instruction &I, const StringSet<> &Files) {
  const DILocation *Where = I.getDebugLoc();
  if (!Where || !Where->getLine())
    return {};
  return {fileName(Where->getScope(), Files), Where->getLine(), Where->getColumn()};
}

SourcePoint pointOf(const Function &F, const StringSet<> &Files) {
  const DISubprogram *Where = F.getSubprogram();
  if (!Where || !Where->getLine())
    return {};
  return {fileName(Where, Files), Where->getLine(), 0};
}

void removeLocations(Module &M) {
  StripDebugInfo(M);
  removeModuleFlags(
      M, [](StringRef Name) { return Name == "Debug Info Version" || Name == "Dwarf Version"; });
}

} // namespace weir::frontend

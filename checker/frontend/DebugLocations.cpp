#include "frontend/DebugLocations.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace weir::frontend {

/// Debug information splits off a directory that a file shares with the working directory; put an
/// absolute name together again. A file named relative to the working directory stays so.
static std::string fileName(const DIScope *Scope) {
  const DIFile *File = Scope->getFile();
  if (!File)
    return "";
  const StringRef Name = File->getFilename(), Directory = File->getDirectory();
  const DISubprogram *Function = dyn_cast<DISubprogram>(Scope);
  if (const auto *Local = dyn_cast<DILocalScope>(Scope))
    Function = Local->getSubprogram();
  const DICompileUnit *Unit = Function ? Function->getUnit() : nullptr;
  if (Directory.empty() || sys::path::is_absolute(Name) || !Unit ||
      Directory == Unit->getDirectory())
    return Name.str();
  SmallString<256> Path(Directory);
  sys::path::append(Path, Name);
  return std::string(Path);
}

SourcePoint pointOf(const Instruction &I) {
  const DILocation *Where = I.getDebugLoc();
  if (!Where || !Where->getLine())
    return {};
  return {fileName(Where->getScope()), Where->getLine(), Where->getColumn()};
}

SourcePoint pointOf(const Function &F) {
  const DISubprogram *Where = F.getSubprogram();
  if (!Where || !Where->getLine())
    return {};
  return {fileName(Where), Where->getLine(), 0};
}

void removeLocations(Module &M) {
  StripDebugInfo(M);
  removeModuleFlags(
      M, [](StringRef Name) { return Name == "Debug Info Version" || Name == "Dwarf Version"; });
}

} // namespace weir::frontend

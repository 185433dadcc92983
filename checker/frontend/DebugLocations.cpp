#include "frontend/DebugLocations.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Instruction.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace weir::frontend {

static const DICompileUnit *unitOf(const DIScope *Scope) {
  const auto *Local = dyn_cast<DILocalScope>(Scope);
  return Local && Local->getSubprogram() ? Local->getSubprogram()->getUnit() : nullptr;
}

/// Debug information splits a file's name in two where it shares a directory with the working
/// directory. What is below that stays relative, so that facts do not depend on it.
static std::string fileName(const DIScope *Scope) {
  const DIFile *File = Scope->getFile();
  if (!File)
    return "";
  const StringRef Name = File->getFilename(), Directory = File->getDirectory();
  const DICompileUnit *Unit = unitOf(Scope);
  if (Directory.empty() || sys::path::is_absolute(Name) || !Unit ||
      Directory == Unit->getDirectory())
    return Name.str();
  SmallString<256> Whole(Directory);
  sys::path::append(Whole, Name);
  return std::string(Whole);
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

} // namespace weir::frontend

#include "extract/ClangCommand.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace llvm;

namespace weir {

std::vector<std::string> clangCommand(StringRef Clang, ArrayRef<std::string> Flags,
                                      const CompileCommand &Unit) {
  std::vector<std::string> Command = {Clang.str()};
  llvm::append_range(Command, Flags);
  llvm::append_range(Command, Unit.Own);
  // Clang refuses what GCC only warns of; an edge is one all the same.
  for (const char *Flag :
       {"-w", "-Wno-error=implicit-function-declaration", "-Wno-error=implicit-int",
        "-Wno-error=int-conversion", "-Wno-error=incompatible-function-pointer-types",
        "-Wno-error=return-type", "-x", Unit.Lang == Language::Cxx ? "c++" : "c", "-c"})
    Command.push_back(Flag);
  Command.push_back(Unit.Source);
  return Command;
}

std::string firstError(StringRef Said) {
  SmallVector<StringRef, 32> Lines;
  Said.split(Lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef Line : Lines)
    if (Line.contains("error: "))
      return Line.str();
  return Lines.empty() ? "clang stopped without a word" : Lines.back().str();
}

} // namespace weir

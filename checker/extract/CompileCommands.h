// compile_commands.json: how each unit of a build is compiled.
#ifndef WEIR_EXTRACT_COMPILECOMMANDS_H
#define WEIR_EXTRACT_COMPILECOMMANDS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace weir {

enum class Language { C, Cxx, Assembly };

/// One command, taken apart. Flags are as the command writes them, each with its value.
struct CompileCommand {
  std::string Directory; ///< where it runs
  std::string Source;    ///< as written
  std::string Compiler;
  Language Lang = Language::C;
  std::string Object;               ///< the path of what it makes; empty: not said
  std::vector<std::string> Machine; ///< flags that say what is compiled for, and how
  std::vector<std::string> Own;     ///< include paths, macros: this unit's own
};

/// Path as seen from Directory.
std::string absoluteIn(llvm::StringRef Directory, llvm::StringRef Path);

/// The commands of a build directory, or of the file itself, each once, in the file's order. An
/// error is a whole line: a file that is missing or wrong, a source or a directory that is gone.
llvm::Expected<std::vector<CompileCommand>> readCompileCommands(llvm::StringRef Path);

} // namespace weir

#endif

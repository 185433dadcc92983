// What clang must be told to compile a unit as another compiler would.
#ifndef WEIR_EXTRACT_TOOLCHAIN_H
#define WEIR_EXTRACT_TOOLCHAIN_H

#include "extract/CompileCommands.h"

#include <map>

namespace weir {

/// What clang is told of a unit.
struct ClangFlags {
  std::vector<std::string> Words;
  bool IsNative = false; ///< the unit's own compiler is clang as well
};

/// Asks compilers about themselves, once for each set of flags. One thread at a time.
class Toolchains {
public:
  /// Clang is the program that will compile.
  explicit Toolchains(std::string Clang) : Clang(std::move(Clang)) {}

  /// Clang's flags for a unit, without its own: the target, the flags clang knows, and what the
  /// unit's compiler says of its include directories and macros. An error when that compiler
  /// cannot be run.
  llvm::Expected<ClangFlags> flagsFor(const CompileCommand &Command);

private:
  struct Driver {
    bool IsClang = false;
    std::string Target;
    std::vector<std::string> Includes;
    std::map<std::string, std::string> Macros;
  };
  llvm::Expected<Driver> ask(const CompileCommand &Command);
  llvm::Expected<ClangFlags> translate(const CompileCommand &Command);
  llvm::Expected<std::vector<std::string>> withoutUnknown(std::vector<std::string> Flags,
                                                          const CompileCommand &Command);
  llvm::Expected<std::vector<std::string>> macrosOnlyIn(const Driver &Other,
                                                        llvm::ArrayRef<std::string> Flags,
                                                        const CompileCommand &Command);

  std::string Clang;
  std::map<std::vector<std::string>, ClangFlags> Known;
};

} // namespace weir

#endif

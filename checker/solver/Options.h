// The command line of weir-check.
//
// It is read by hand: LLVM's own reader is shared with every option of libLLVM, where `--color` is
// taken already.
#ifndef WEIR_SOLVER_OPTIONS_H
#define WEIR_SOLVER_OPTIONS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace weir {

enum class Command { Check, Dump, Help };
enum class Format { Text };
enum class Color { Auto, Always, Never };

struct Options {
  Command What = Command::Check;
  std::vector<std::string> Paths;
  std::string PolicyPath; ///< empty: the default policy
  Format Output = Format::Text;
  Color Colors = Color::Auto;
};

extern const char HelpText[];

/// An error says what is wrong and what to do, without the program's name.
llvm::Expected<Options> parseOptions(llvm::ArrayRef<const char *> Arguments);

} // namespace weir

#endif

// The command line of weir-check: commands, and a table of options.
//
// It is read by hand: LLVM's `cl` is shared with every option of libLLVM, where `--color` is taken
// already, and its `opt` wants a table generator at build time.
#ifndef WEIR_SOLVER_OPTIONS_H
#define WEIR_SOLVER_OPTIONS_H

#include "extract/Extract.h"
#include "policy/Policy.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace weir {

enum class Command { Check, Dump, Explain, Paths, Help, Version };
enum class Format { Text, Sarif, Json, Dot };
enum class Color { Auto, Always, Never };

struct Options {
  Command What = Command::Check;
  std::vector<std::string> Paths;
  std::string From, To;   ///< functions, of the commands that ask about two
  std::string PolicyPath; ///< empty: the default policy
  Format Output = Format::Text;
  Color Colors = Color::Auto;
  ExtractOptions Extraction; ///< with Build empty: none
  std::string RefuteBuild;   ///< whose compile commands tell the code; empty: nothing is refuted
  std::string BaselinePath;  ///< empty: none
  bool UpdateBaseline = false;
  std::optional<Date> Today; ///< for what expires; else the clock's
  bool All = false;          ///< a path for every caller, not only the nearest
};

extern const char HelpText[];

/// An error says what is wrong and what to do, without the program's name.
llvm::Expected<Options> parseOptions(llvm::ArrayRef<const char *> Arguments);

} // namespace weir

#endif

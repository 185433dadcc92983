#include "solver/Names.h"

#include "llvm/Demangle/Demangle.h"

using namespace llvm;

namespace weir {

std::string readableName(StringRef Symbol) { return demangle(Symbol.str()); }

/// The demangler writes `void* (unsigned int)`; clang, and this project, `void *(unsigned int)`.
static std::string withStarsToTheRight(StringRef Type) {
  std::string Text;
  for (size_t I = 0; I < Type.size(); ++I) {
    char C = Type[I];
    bool AfterStar = !Text.empty() && Text.back() == '*';
    if (C == '*' && !Text.empty() && !AfterStar && Text.back() != ' ' && Text.back() != '(')
      Text += ' ';
    if (C == ' ' && AfterStar && I + 1 < Type.size() && Type[I + 1] == '(')
      continue;
    Text += C;
  }
  return Text;
}

std::string readableType(StringRef Type) {
  StringRef Mangled = Type;
  Mangled.consume_back(".generalized");
  std::string Demangled = demangle(Mangled.str());
  StringRef Text = Demangled;
  if (!Text.consume_front("typeinfo name for "))
    return Type.str();
  return withStarsToTheRight(Text);
}

} // namespace weir

// Carry the facts in the object file.
#include "plugin/Embed.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace weir::plugin {

/// Named metadata that marks a module whose assembly holds its facts.
static constexpr StringLiteral Marker = "weir.facts";

/// Bytes a line of assembly: long lines cost nothing, but tools that show a listing choke on
/// megabytes without a newline.
static constexpr size_t LineBytes = 4096;

bool hasFacts(const Module &M) { return M.getNamedMetadata(Marker) != nullptr; }

/// Only these bytes end or alter an assembler's string; the rest may stand raw. Octal escapes take
/// three digits always, since a digit may follow.
static void appendEscaped(std::string &Text, char Byte) {
  switch (Byte) {
  case '\0':
    Text += "\\000";
    return;
  case '\n':
    Text += "\\n";
    return;
  case '\r':
    Text += "\\015";
    return;
  case '"':
  case '\\':
    Text += '\\';
    break;
  default:
    break;
  }
  Text += Byte;
}

void embedFacts(Module &M, StringRef Blob) {
  std::string Text = ".pushsection .weir.facts,\"\",%progbits\n";
  Text.reserve(Blob.size() + Blob.size() / 16 + 128);
  while (!Blob.empty()) {
    Text += ".ascii \"";
    for (char Byte : Blob.take_front(LineBytes))
      appendEscaped(Text, Byte);
    Text += "\"\n";
    Blob = Blob.drop_front(std::min(LineBytes, Blob.size()));
  }
  Text += ".popsection\n";
  M.appendModuleInlineAsm(Text);
  M.getOrInsertNamedMetadata(Marker);
}

} // namespace weir::plugin

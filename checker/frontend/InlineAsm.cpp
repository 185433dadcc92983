#include "frontend/InlineAsm.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace weir::frontend {
namespace {

/// How the instructions of an architecture that leave a function can be told from the rest. A
/// mnemonic that begins with one of Branches is taken for a branch unless it begins with one of
/// Harmless; an instruction that names one of Counters may write the program counter.
struct Architecture {
  ArrayRef<StringLiteral> Branches;
  ArrayRef<StringLiteral> Harmless;
  ArrayRef<StringLiteral> Counters;
};

constexpr StringLiteral ArmBranches[] = {"b", "cb", "tb", "bl", "svc", "swi", "eret", "rfe", "ret"};
constexpr StringLiteral ArmHarmless[] = {"bic", "bfi", "bfc", "bkpt", "bti"};
constexpr StringLiteral ArmCounters[] = {"pc", "r15"};
constexpr StringLiteral RiscvBranches[] = {"j",    "c.j", "b",    "c.b",  "call",
                                           "tail", "ret", "mret", "sret", "ecall"};
constexpr StringLiteral RiscvHarmless[] = {"bclr", "bext", "binv", "bset", "brev"};
constexpr StringLiteral X86Branches[] = {"j",    "call", "lcall", "ljmp",  "ret",
                                         "lret", "iret", "loop",  "xbegin"};
constexpr StringLiteral AArch64Branches[] = {"b", "cb", "tb", "ret", "eret", "svc", "hvc", "smc"};
constexpr StringLiteral AArch64Harmless[] = {"bic", "bfi", "bfc", "bfm",  "bfx", "bti",
                                             "bsl", "bif", "bit", "bcax", "bf"};

bool beginsWithAny(StringRef Text, ArrayRef<StringLiteral> Prefixes) {
  return any_of(Prefixes, [&](StringRef Prefix) { return Text.starts_with(Prefix); });
}

const Architecture *architectureOf(const Triple &Target) {
  static constexpr Architecture Arm{ArmBranches, ArmHarmless, ArmCounters};
  static constexpr Architecture Riscv{RiscvBranches, RiscvHarmless, {}};
  static constexpr Architecture X86{X86Branches, {}, {}};
  static constexpr Architecture AArch64{AArch64Branches, AArch64Harmless, {}};
  if (Target.isARM() || Target.isThumb())
    return &Arm;
  if (Target.isRISCV())
    return &Riscv;
  if (Target.isX86())
    return &X86;
  return Target.isAArch64() ? &AArch64 : nullptr;
}

bool isWordCharacter(char C) { return isAlnum(C) || C == '_' || C == '.'; }

/// `1b`, `2f`, and labels unique to the statement: `.Lx%=` in C, `.Lx${:uid}` in the IR.
bool isOwnLabel(StringRef Target) {
  Target = Target.trim();
  if (Target.size() >= 2 && (Target.back() == 'b' || Target.back() == 'f') &&
      all_of(Target.drop_back(), isDigit))
    return true;
  return Target.starts_with(".L") || Target.contains("${:uid}");
}

bool namesAny(StringRef Operands, ArrayRef<StringLiteral> Words) {
  while (!Operands.empty()) {
    Operands = Operands.drop_until(isWordCharacter);
    const StringRef Word = Operands.take_while(isWordCharacter);
    if (any_of(Words, [&](StringRef Each) { return Word.equals_insensitive(Each); }))
      return true;
    Operands = Operands.drop_front(Word.size());
  }
  return false;
}

/// Removes `label:` prefixes and a comment to the end of the line.
StringRef bareStatement(StringRef Statement) {
  for (StringRef Comment : {"//", "/*", "@ "})
    Statement = Statement.take_front(Statement.find(Comment));
  Statement = Statement.trim();
  while (true) {
    const StringRef Label = Statement.take_while(isWordCharacter);
    if (Label.empty() || !Statement.drop_front(Label.size()).starts_with(":"))
      return Statement;
    Statement = Statement.drop_front(Label.size() + 1).trim();
  }
}

/// Directives that neither emit code nor rewrite it.
bool isHarmlessDirective(StringRef Mnemonic) {
  static constexpr StringLiteral Known[] = {".syntax", ".thumb",   ".arm", ".align",
                                            ".balign", ".p2align", ".cpu", ".fpu",
                                            ".option", ".cfi_",    ".code"};
  return beginsWithAny(Mnemonic, Known);
}

bool statementMayLeave(StringRef Statement, const Architecture &Arch) {
  const StringRef Mnemonic = Statement.take_while(isWordCharacter);
  const StringRef Operands = Statement.drop_front(Mnemonic.size());
  const std::string Lower = Mnemonic.lower();
  if (Mnemonic.empty())
    return true; // a template variable or something we cannot read
  if (Lower.front() == '.')
    return !isHarmlessDirective(Lower);
  if (beginsWithAny(Lower, Arch.Branches) && !beginsWithAny(Lower, Arch.Harmless))
    return !isOwnLabel(Operands.substr(Operands.rfind(',') + 1));
  return namesAny(Operands, Arch.Counters);
}

} // namespace

bool mayTransferControl(StringRef Template, const Triple &Target) {
  const Architecture *Arch = architectureOf(Target);
  if (!Arch)
    return !Template.trim().empty();
  SmallVector<StringRef, 8> Lines, Statements;
  Template.split(Lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef Line : Lines)
    Line.split(Statements, ';', -1, /*KeepEmpty=*/false);
  return any_of(Statements, [&](StringRef Statement) {
    const StringRef Bare = bareStatement(Statement);
    return !Bare.empty() && statementMayLeave(Bare, *Arch);
  });
}

} // namespace weir::frontend

#include "output/Finding.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

namespace weir {

StringRef nameOf(Verdict V) {
  switch (V) {
  case Verdict::Clean:
    return "clean";
  case Verdict::Violation:
    return "violation";
  case Verdict::Unproven:
    return "unproven";
  }
  llvm_unreachable("every verdict has a name");
}

std::string fingerprint(const Finding &F) {
  std::string Text;
  for (const FindingKey &K : F.Keys)
    for (const std::string *Part : {&K.Rule, &K.Root, &K.Caller, &K.Callee})
      Text += *Part + '\0';
  std::string Digits = utohexstr(xxh3_64bits(Text), /*LowerCase=*/true);
  return std::string(16 - Digits.size(), '0') + Digits;
}

Verdict Report::verdict() const {
  for (Verdict Worst : {Verdict::Violation, Verdict::Unproven})
    if (any_of(Findings, [&](const Finding &F) { return F.Means == Worst; }))
      return Worst;
  return Verdict::Clean;
}

} // namespace weir

#include "output/Emitters.h"

using namespace llvm;

namespace weir {
namespace {

void writePlace(raw_ostream &Out, const Place &At) {
  Out.changeColor(raw_ostream::SAVEDCOLOR, /*Bold=*/true) << At.File << ':';
  if (At.Line)
    Out << At.Line << ':';
  if (At.Line && At.Column)
    Out << At.Column << ':';
  Out.resetColor() << ' ';
}

void writeRemark(raw_ostream &Out, const Remark &R, StringRef Severity, raw_ostream::Colors Color,
                 StringRef Rule) {
  writePlace(Out, R.At);
  Out.changeColor(Color, /*Bold=*/true) << Severity << ": ";
  Out.resetColor() << R.Text;
  if (!Rule.empty())
    Out << " [" << Rule << ']';
  Out << '\n';
}

} // namespace

void writeText(const Report &Result, raw_ostream &Out) {
  for (const Finding &F : Result.Findings) {
    if (F.Means == Verdict::Clean)
      writeRemark(Out, F.Main, "note", raw_ostream::CYAN, F.Rule);
    else
      writeRemark(Out, F.Main, "error", raw_ostream::RED, F.Rule);
    for (const Remark &Note : F.Notes)
      writeRemark(Out, Note, "note", raw_ostream::CYAN, "");
  }
}

} // namespace weir

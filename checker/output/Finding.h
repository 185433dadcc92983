// A finding, as every emitter takes it: what is wrong, where, and the way there.
#ifndef WEIR_OUTPUT_FINDING_H
#define WEIR_OUTPUT_FINDING_H

#include <string>
#include <tuple>
#include <vector>

namespace weir {

/// A place in a source file, or a file alone when Line is 0. Column 0 is unknown.
struct Place {
  std::string File;
  unsigned Line = 0;
  unsigned Column = 0;

  friend bool operator<(const Place &A, const Place &B) {
    return std::tie(A.File, A.Line, A.Column) < std::tie(B.File, B.Line, B.Column);
  }
};

/// One line of a report: a place and what is said of it.
struct Remark {
  Place At;
  std::string Text;
};

struct Finding {
  const char *Rule = ""; ///< the slug, weir-...
  Remark Main;
  std::vector<Remark> Notes; ///< the hops in order, then the remedy

  friend bool operator<(const Finding &A, const Finding &B) {
    if (A.Main.At < B.Main.At || B.Main.At < A.Main.At)
      return A.Main.At < B.Main.At;
    return std::pair(std::string(A.Rule), A.Main.Text) <
           std::pair(std::string(B.Rule), B.Main.Text);
  }
};

} // namespace weir

#endif

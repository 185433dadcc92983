// A finding, as every emitter takes it: what is wrong, where, and the way there.
#ifndef WEIR_OUTPUT_FINDING_H
#define WEIR_OUTPUT_FINDING_H

#include "llvm/ADT/StringRef.h"

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

/// One line of a report: a place and what is said of it. A hop of a path also says between which
/// functions it is: symbol names, a local function's as `file:name`; To is empty where no function
/// is known.
struct Remark {
  Place At;
  std::string Text;
  std::string From = {};
  std::string To = {};

  bool isHop() const { return !From.empty(); }
};

enum class Verdict { Clean, Violation, Unproven };

/// `clean`, `violation` or `unproven`.
llvm::StringRef nameOf(Verdict V);

/// Which finding this is, whatever the lines and the ways in between: what baselines hold and
/// fingerprints are made of. Symbol names, a local function's as `file:name`; unused parts empty.
struct FindingKey {
  std::string Rule, Root, Caller, Callee;

  friend bool operator<(const FindingKey &A, const FindingKey &B) {
    return std::tie(A.Rule, A.Root, A.Caller, A.Callee) <
           std::tie(B.Rule, B.Root, B.Caller, B.Callee);
  }
  friend bool operator==(const FindingKey &A, const FindingKey &B) { return !(A < B || B < A); }
};

struct Finding {
  const char *Rule = ""; ///< the slug, weir-...
  Verdict Means = Verdict::Violation;
  Remark Main;
  std::vector<Remark> Notes;    ///< the hops in order, then the remedy
  std::vector<FindingKey> Keys; ///< one; several where one finding stands for many functions

  friend bool operator<(const Finding &A, const Finding &B) {
    if (A.Main.At < B.Main.At || B.Main.At < A.Main.At)
      return A.Main.At < B.Main.At;
    return std::tuple(llvm::StringRef(A.Rule), llvm::StringRef(A.Main.Text), A.Keys) <
           std::tuple(llvm::StringRef(B.Rule), llvm::StringRef(B.Main.Text), B.Keys);
  }
};

/// 16 hex digits of the keys. Places and hops are no part of it: a fingerprint stays when code
/// moves.
std::string fingerprint(const Finding &F);

/// What a run found, and of how much.
struct Report {
  std::vector<Finding> Findings; ///< sorted
  /// Roots and banned functions that a path of calls joins and that the constants on the way keep
  /// apart; sorted.
  std::vector<FindingKey> Refuted;
  size_t Functions = 0; ///< whose bodies are known
  size_t Units = 0;

  /// The worst of the findings' verdicts: a violation goes before what is unproven.
  Verdict verdict() const;
};

} // namespace weir

#endif

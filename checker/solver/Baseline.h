// The findings that a project has accepted for now: a file that only shrinks.
#ifndef WEIR_SOLVER_BASELINE_H
#define WEIR_SOLVER_BASELINE_H

#include "output/Finding.h"
#include "policy/NameList.h"

#include "llvm/Support/Error.h"

#include <map>

namespace weir {

class Baseline {
public:
  /// Reads a baseline. An error is a whole line, `file[:line:column]: error: ...`.
  static llvm::Expected<Baseline> load(llvm::StringRef Path);

  /// Takes what is accepted out of a report, and adds a finding for each entry that is found no
  /// more. A finding that stands for many functions stays while one of them is not accepted.
  void apply(Report &Result) const;

  /// Writes the baseline to Path: of a file that is there, the entries that are still found; of
  /// one that is not, everything in the report but what is said of policies. The old file stays
  /// when the new one cannot be written.
  static llvm::Error update(llvm::StringRef Path, const Report &Result);

private:
  friend class BaselineReader;
  std::string File;
  std::map<FindingKey, PolicyPlace> Accepted;
};

} // namespace weir

#endif

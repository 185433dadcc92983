// A list of symbol names and '*' globs that remembers which of its entries ever matched.
#ifndef WEIR_POLICY_NAMELIST_H
#define WEIR_POLICY_NAMELIST_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace weir {

/// A place in the policy file; line 0 is "not from a file" (a default).
struct PolicyPlace {
  unsigned Line = 0;
  unsigned Column = 0;
};

/// Whether Name is matched by Pattern, in which '*' stands for any text, the empty one too.
bool globMatch(llvm::StringRef Pattern, llvm::StringRef Name);

/// Whether the path File is meant by Name: the path itself or its end, from a `/` on, also by '*'.
bool isFileNamed(llvm::StringRef File, llvm::StringRef Name);

class NameList {
public:
  struct Entry {
    std::string Pattern;
    PolicyPlace Place;
    bool Used = false;
  };

  void add(llvm::StringRef Pattern, PolicyPlace Place = {});

  /// Whether an entry matches Name. Costs one look-up, and one comparison a glob.
  bool contains(llvm::StringRef Name) const;
  /// The same, and marks every entry that matches as used.
  bool use(llvm::StringRef Name);

  const std::vector<Entry> &entries() const { return Entries; }

private:
  std::vector<Entry> Entries;
  llvm::StringMap<unsigned> Exact; ///< pattern without a '*' to its entry
  std::vector<unsigned> Globs;     ///< the entries with one
};

} // namespace weir

#endif

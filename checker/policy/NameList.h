// A list of symbol names and '*' globs that remembers which of its entries ever matched.
#ifndef WEIR_POLICY_NAMELIST_H
#define WEIR_POLICY_NAMELIST_H

#include "llvm/ADT/SmallVector.h"
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

/// A function as a policy sees it: its symbol and, where it is defined, its unit's source file and
/// the file that holds its text, which is another one for a function in a header.
struct SymbolName {
  llvm::StringRef Name;
  llvm::StringRef Unit = {};
  llvm::StringRef File = {};

  SymbolName(llvm::StringRef Name, llvm::StringRef Unit = {}, llvm::StringRef File = {})
      : Name(Name), Unit(Unit), File(File) {}
  SymbolName(const char *Name) : Name(Name) {}
};

/// Whether Name is matched by Pattern, in which '*' stands for any text, the empty one too.
bool globMatch(llvm::StringRef Pattern, llvm::StringRef Name);

/// Whether the path File is meant by Name: the path itself or its end, from a `/` on, also by '*'.
bool isFileNamed(llvm::StringRef File, llvm::StringRef Name);

/// What an entry of a policy says of a symbol: `name` or `file:name`, both with '*'. With a file,
/// only what is defined there is meant.
class SymbolPattern {
public:
  explicit SymbolPattern(llvm::StringRef Text);
  bool matches(SymbolName Symbol) const { return globMatch(Name, Symbol.Name) && isInFile(Symbol); }
  bool isInFile(SymbolName Symbol) const;
  /// Without a '*' in it, so that equal text is all that matches.
  bool isExactName() const { return !llvm::StringRef(Name).contains('*'); }
  bool namesFile() const { return !File.empty(); }
  llvm::StringRef name() const { return Name; }
  const std::string &text() const { return Text; }

private:
  std::string Text, File, Name;
};

class NameList {
public:
  struct Entry {
    SymbolPattern Pattern;
    PolicyPlace Place;
    bool Used = false;
  };

  void add(llvm::StringRef Pattern, PolicyPlace Place = {});

  /// Whether an entry matches. Costs one look-up, and one comparison a glob.
  bool contains(SymbolName Symbol) const;
  /// The same, and marks every entry that matches as used.
  bool use(SymbolName Symbol);
  /// The same, by the entries without a '*' alone.
  bool useExact(SymbolName Symbol);

  const std::vector<Entry> &entries() const { return Entries; }

private:
  template <typename Visitor> void forEachExact(SymbolName Symbol, Visitor Visit) const;
  template <typename Visitor> void forEachMatch(SymbolName Symbol, Visitor Visit) const;

  std::vector<Entry> Entries;
  llvm::StringMap<llvm::SmallVector<unsigned, 1>> Exact; ///< name without a '*' to its entries
  std::vector<unsigned> Globs;                           ///< the entries with one
};

} // namespace weir

#endif

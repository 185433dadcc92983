// The policy, weir.toml: what is banned, where execution starts, what is exempt. See POLICY.md.
//
// A Policy answers questions by symbol name and remembers which of its entries were of use.
#ifndef WEIR_POLICY_POLICY_H
#define WEIR_POLICY_POLICY_H

#include "policy/NameList.h"

#include "llvm/Support/Error.h"

namespace weir {

/// How a function comes to be a root.
enum class RootKind {
  None,
  WholeProgram, ///< because "*" is a root
  Named,        ///< by its name, a glob or "@nonallocating"
};

/// What the program knows of a function that may be a root.
struct RootTraits {
  bool InProgram = false;     ///< part of what "*" stands for
  bool NonAllocating = false; ///< annotated so
};

struct AllowEntry {
  std::string Caller; ///< name or glob
  std::string Callee; ///< name or glob
  std::string Reason;
  PolicyPlace Place;
  bool Used = false;
};

/// An entry that matched nothing: its table and key, what it says, where.
struct UnusedEntry {
  llvm::StringRef Key;
  std::string Text;
  PolicyPlace Place;
};

class Policy {
public:
  /// Reads a policy file. An error is a whole line, `file[:line:column]: error: ...`.
  static llvm::Expected<Policy> load(llvm::StringRef Path);
  /// The same from text; File is for messages. Empty text is the default policy.
  static llvm::Expected<Policy> parse(llvm::StringRef Text, llvm::StringRef File);

  bool banned(llvm::StringRef Name) const { return Banned.contains(Name); }

  /// Whether and why Name is a root; marks the entries that say so.
  RootKind root(llvm::StringRef Name, RootTraits Traits);
  /// Whether "*" is a root.
  bool wholeProgram() const { return Whole.Listed; }

  /// Whether Name is init code, through which no path is followed; marks the entries.
  bool init(llvm::StringRef Name) { return Init.use(Name); }

  /// Whether any allow entry is about calls from Caller. Cheap, to be asked before allow().
  bool allowsFrom(llvm::StringRef Caller) const;
  /// The first entry that lets Caller call Callee, or null; marks every one that does.
  const AllowEntry *allow(llvm::StringRef Caller, llvm::StringRef Callee);

  /// The entries of roots, init and allow that never matched, in the order of the file.
  std::vector<UnusedEntry> unused() const;

  const std::string &file() const { return File; }

private:
  friend class PolicyReader;
  struct SpecialRoot {
    bool Listed = false;
    bool Used = false;
    PolicyPlace Place;
  };

  std::string File;
  NameList Banned;
  NameList Roots;
  SpecialRoot Whole;
  SpecialRoot NonAllocating;
  NameList Init;
  std::vector<AllowEntry> Allows;
};

} // namespace weir

#endif

// The policy, weir.toml: what is banned, where execution starts, what is exempt. See POLICY.md.
//
// A Policy answers questions about symbols and remembers which of its entries were of use.
#ifndef WEIR_POLICY_POLICY_H
#define WEIR_POLICY_POLICY_H

#include "policy/NameList.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <tuple>

namespace weir {

/// How a function comes to be a root.
enum class RootKind {
  None,
  WholeProgram, ///< because "*" is a root
  Named,        ///< by its name, a glob, "@nonallocating" or an annotation
};

/// What the program knows of a function that may be a root.
struct RootTraits {
  bool InProgram = false;     ///< part of what "*" stands for
  bool NonAllocating = false; ///< annotated so
  llvm::ArrayRef<llvm::StringRef> Annotations = {};
  bool MayRun = true; ///< if not, only its exact name means it
};

/// A day of the calendar.
struct Date {
  unsigned Year = 0, Month = 0, Day = 0;

  friend bool operator<(const Date &A, const Date &B) {
    return std::tie(A.Year, A.Month, A.Day) < std::tie(B.Year, B.Month, B.Day);
  }
  /// `2027-01-01`
  std::string text() const;
  /// From the same form; nothing when Text is not a day.
  static std::optional<Date> parse(llvm::StringRef Text);
};

struct AllowEntry {
  SymbolPattern Caller;
  SymbolPattern Callee;
  std::string Reason;
  std::optional<Date> Expires; ///< the last day on which it holds
  PolicyPlace Place;
  bool Used = false;
};

/// A variable that holds nothing but what the program is seen to store in it.
struct HoldsEntry {
  std::string Variable;        ///< `record.field` or an object, with '*'
  std::optional<Date> Expires; ///< the last day on which it is believed
  PolicyPlace Place;
  bool Used = false;
};

/// An entry that is of no use, or no more: its table and key, what it says, where.
struct PolicyEntry {
  llvm::StringRef Key;
  std::string Text;
  PolicyPlace Place;
  std::optional<Date> LastDay = {}; ///< of one that is over
  llvm::StringRef WhyUnused = "matches nothing in the program";
};

class Policy {
public:
  /// Reads a policy file. An error is a whole line, `file[:line:column]: error: ...`.
  static llvm::Expected<Policy> load(llvm::StringRef Path);
  /// The same from text; File is for messages. Empty text is the default policy.
  static llvm::Expected<Policy> parse(llvm::StringRef Text, llvm::StringRef File);

  /// Takes out what no longer holds on this day; expired() has it from then on.
  void expire(const Date &Today);
  /// Whether any entry has a last day, so that somebody must say which day it is.
  bool hasExpiry() const;

  /// Whether any entry names a file, so that it matters where a function is defined.
  bool namesFiles() const { return NamesFiles; }

  bool banned(SymbolName Symbol) const { return Banned.contains(Symbol); }

  /// Whether and why a function is a root; marks the entries that say so.
  RootKind root(SymbolName Symbol, RootTraits Traits);
  /// Whether "*" is a root.
  bool wholeProgram() const { return Whole.Listed; }

  bool hasInit() const { return !Init.entries().empty(); }
  /// Whether a function is init code, through which no path is followed; marks the entries.
  bool init(SymbolName Symbol) { return Init.use(Symbol); }
  /// Whether a function may lead to init code, because it runs it; marks the entries.
  bool runsInit(SymbolName Symbol) { return InitCallers.use(Symbol); }

  /// Whether any allow entry is about calls from Caller. Cheap, to be asked before allow().
  bool allowsFrom(SymbolName Caller) const;
  /// The first entry that lets Caller call Callee, or null; marks every one that does.
  const AllowEntry *allow(SymbolName Caller, SymbolName Callee);

  bool hasHolds() const { return !Holds.empty(); }
  /// Whether what the program stores in a variable is believed to be all that it holds.
  bool holds(llvm::StringRef Variable) const;
  /// A call goes through such a variable: marks the entries that say so.
  void useHolds(llvm::StringRef Variable);

  /// The entries of roots, init, allow and holds that were of no use, in the order of the file.
  std::vector<PolicyEntry> unused() const;
  /// The entries that were taken out.
  const std::vector<PolicyEntry> &expired() const { return Expired; }

  const std::string &file() const { return File; }

private:
  friend class PolicyReader;
  /// A root that is not the name of a function: "*", or "@..." for an annotation.
  struct SpecialRoot {
    bool Listed = false;
    bool Used = false;
    PolicyPlace Place;
  };

  std::string File;
  bool NamesFiles = false;
  NameList Banned;
  NameList Roots;
  SpecialRoot Whole;
  SpecialRoot NonAllocating;
  NameList Annotated; ///< without the '@'
  NameList Init;
  NameList InitCallers;
  std::vector<AllowEntry> Allows;
  std::vector<HoldsEntry> Holds;
  std::vector<PolicyEntry> Expired;
};

} // namespace weir

#endif

#include "policy/Policy.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace weir {

std::string Date::text() const {
  std::string Text;
  raw_string_ostream(Text) << format("%04u-%02u-%02u", Year, Month, Day);
  return Text;
}

std::optional<Date> Date::parse(StringRef Text) {
  Date D;
  if (Text.size() != 10 || Text[4] != '-' || Text[7] != '-' ||
      !all_of(Text, [](char C) { return isDigit(C) || C == '-'; }))
    return std::nullopt;
  if (Text.take_front(4).getAsInteger(10, D.Year) || Text.substr(5, 2).getAsInteger(10, D.Month) ||
      Text.substr(8).getAsInteger(10, D.Day) || D.Month < 1 || D.Month > 12 || D.Day < 1 ||
      D.Day > 31)
    return std::nullopt;
  return D;
}

static PolicyEntry entryOf(const AllowEntry &A) {
  return {"[[allow]]", A.Caller.text() + " -> " + A.Callee.text(), A.Place, A.Expires};
}

static PolicyEntry entryOf(const HoldsEntry &H) {
  return {"[[holds]]", H.Variable, H.Place, H.Expires,
          "is no variable that calls go through and of which all stores are known and believed"};
}

template <typename Entry>
static void expire(std::vector<Entry> &Entries, const Date &Today, std::vector<PolicyEntry> &Over) {
  auto IsOver = [&](const Entry &E) { return E.Expires && *E.Expires < Today; };
  for (const Entry &E : make_filter_range(Entries, IsOver))
    Over.push_back(entryOf(E));
  erase_if(Entries, IsOver);
}

void Policy::expire(const Date &Today) {
  weir::expire(Allows, Today, Expired);
  weir::expire(Holds, Today, Expired);
}

bool Policy::hasExpiry() const {
  auto Ends = [](const auto &E) { return E.Expires.has_value(); };
  return any_of(Allows, Ends) || any_of(Holds, Ends);
}

RootKind Policy::root(SymbolName Symbol, RootTraits Traits) {
  bool ByName = Traits.MayRun ? Roots.use(Symbol) : Roots.useExact(Symbol);
  bool ByAnnotation = NonAllocating.Listed && Traits.NonAllocating;
  bool ByProgram = Whole.Listed && Traits.InProgram;
  NonAllocating.Used |= ByAnnotation;
  for (StringRef Annotation : Traits.Annotations)
    ByAnnotation |= Annotated.use(Annotation);
  Whole.Used |= ByProgram;
  if (ByName || ByAnnotation)
    return RootKind::Named;
  return ByProgram ? RootKind::WholeProgram : RootKind::None;
}

bool Policy::allowsFrom(SymbolName Caller) const {
  return any_of(Allows, [&](const AllowEntry &A) { return A.Caller.matches(Caller); });
}

const AllowEntry *Policy::allow(SymbolName Caller, SymbolName Callee) {
  const AllowEntry *First = nullptr;
  for (AllowEntry &A : Allows) {
    if (!A.Caller.matches(Caller) || !A.Callee.matches(Callee))
      continue;
    A.Used = true;
    if (!First)
      First = &A;
  }
  return First;
}

bool Policy::holds(StringRef Variable) const {
  return any_of(Holds, [&](const HoldsEntry &H) { return globMatch(H.Variable, Variable); });
}

void Policy::useHolds(StringRef Variable) {
  for (HoldsEntry &H : Holds)
    H.Used |= globMatch(H.Variable, Variable);
}

/// An entry without a place is a default, which need not match.
static void addUnused(std::vector<PolicyEntry> &Unused, StringRef Key, const NameList &Names,
                      StringRef Prefix = "") {
  for (const NameList::Entry &E : Names.entries())
    if (!E.Used && E.Place.Line)
      Unused.push_back({Key, (Prefix + E.Pattern.text()).str(), E.Place});
}

std::vector<PolicyEntry> Policy::unused() const {
  std::vector<PolicyEntry> Unused;
  addUnused(Unused, "[roots] functions", Roots);
  addUnused(Unused, "[roots] functions", Annotated, "@");
  if (Whole.Listed && !Whole.Used && Whole.Place.Line)
    Unused.push_back({"[roots] functions", "*", Whole.Place});
  if (NonAllocating.Listed && !NonAllocating.Used)
    Unused.push_back({"[roots] functions", "@nonallocating", NonAllocating.Place});
  addUnused(Unused, "[init] functions", Init);
  addUnused(Unused, "[init] callers", InitCallers);
  for (const AllowEntry &A : Allows)
    if (!A.Used)
      Unused.push_back(entryOf(A));
  for (const HoldsEntry &H : Holds)
    if (!H.Used)
      Unused.push_back(entryOf(H));
  llvm::stable_sort(Unused, [](const PolicyEntry &A, const PolicyEntry &B) {
    return std::pair(A.Place.Line, A.Place.Column) < std::pair(B.Place.Line, B.Place.Column);
  });
  return Unused;
}

} // namespace weir

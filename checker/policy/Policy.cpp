#include "policy/Policy.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace weir {

RootKind Policy::root(StringRef Name, RootTraits Traits) {
  bool ByName = Roots.use(Name);
  bool ByAnnotation = NonAllocating.Listed && Traits.NonAllocating;
  bool ByProgram = Whole.Listed && Traits.InProgram;
  NonAllocating.Used |= ByAnnotation;
  Whole.Used |= ByProgram;
  if (ByName || ByAnnotation)
    return RootKind::Named;
  return ByProgram ? RootKind::WholeProgram : RootKind::None;
}

bool Policy::allowsFrom(StringRef Caller) const {
  return any_of(Allows, [&](const AllowEntry &A) { return globMatch(A.Caller, Caller); });
}

const AllowEntry *Policy::allow(StringRef Caller, StringRef Callee) {
  const AllowEntry *First = nullptr;
  for (AllowEntry &A : Allows) {
    if (!globMatch(A.Caller, Caller) || !globMatch(A.Callee, Callee))
      continue;
    A.Used = true;
    if (!First)
      First = &A;
  }
  return First;
}

static void addUnused(std::vector<UnusedEntry> &Unused, StringRef Key, const NameList &Names) {
  for (const NameList::Entry &E : Names.entries())
    if (!E.Used)
      Unused.push_back({Key, E.Pattern, E.Place});
}

std::vector<UnusedEntry> Policy::unused() const {
  std::vector<UnusedEntry> Unused;
  addUnused(Unused, "[roots] functions", Roots);
  if (Whole.Listed && !Whole.Used && Whole.Place.Line)
    Unused.push_back({"[roots] functions", "*", Whole.Place});
  if (NonAllocating.Listed && !NonAllocating.Used)
    Unused.push_back({"[roots] functions", "@nonallocating", NonAllocating.Place});
  addUnused(Unused, "[init] functions", Init);
  for (const AllowEntry &A : Allows)
    if (!A.Used)
      Unused.push_back({"[[allow]]", A.Caller + " -> " + A.Callee, A.Place});
  llvm::stable_sort(Unused, [](const UnusedEntry &A, const UnusedEntry &B) {
    return std::pair(A.Place.Line, A.Place.Column) < std::pair(B.Place.Line, B.Place.Column);
  });
  return Unused;
}

} // namespace weir

#include "solver/Contents.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace weir {

Contents::Contents(const Program &P, Policy &Rules) : P(P), Rules(Rules) {
  if (!Rules.hasHolds())
    return;
  for (uint32_t U = 0; U < P.Units.size(); ++U)
    read(U);
}

Contents::VariableId Contents::number(StringRef Name) {
  const auto Next = static_cast<VariableId>(Variables.size());
  const auto [Found, New] = Numbers.try_emplace(CachedHashStringRef(Name), Next);
  if (New)
    Variables.push_back({Name, {}, {}, !Rules.holds(Name)});
  return Found->second;
}

void Contents::read(uint32_t Unit) {
  const facts::UnitFacts &Facts = P.Units[Unit].Facts;
  for (const facts::Source &S : Facts.Sources)
    Sources[P.Sites.id(Unit, S.Site)].push_back(number(Facts.Strings[S.Variable]));
  for (const facts::Store &S : Facts.Stores) {
    const VariableId To = number(Facts.Strings[S.Variable]);
    if (S.Flags & (facts::StoreUnknown | facts::StoreEscape))
      Variables[To].Unknown = true;
    if (S.Function != 0)
      Variables[To].Functions.push_back(P.node(Unit, S.Function - 1));
    if (S.From != 0) {
      const VariableId From = number(Facts.Strings[S.From]); // which may move the variables
      Variables[To].From.push_back(From);
    }
  }
}

std::vector<Contents::VariableId> Contents::reached(FactId Site) const {
  std::vector<VariableId> Work = Sources.lookup(Site);
  DenseSet<VariableId> Seen(Work.begin(), Work.end());
  for (size_t I = 0; I < Work.size(); ++I)
    for (VariableId From : Variables[Work[I]].From)
      if (Seen.insert(From).second)
        Work.push_back(From);
  return Work;
}

std::optional<std::vector<NodeId>> Contents::of(FactId Site) const {
  std::vector<NodeId> Functions;
  for (VariableId V : reached(Site)) {
    if (Variables[V].Unknown)
      return std::nullopt;
    append_range(Functions, Variables[V].Functions);
  }
  if (Functions.empty())
    return std::nullopt;
  llvm::sort(Functions);
  Functions.erase(llvm::unique(Functions), Functions.end());
  return Functions;
}

void Contents::use(FactId Site) {
  for (VariableId V : reached(Site))
    Rules.useHolds(Variables[V].Name);
}

} // namespace weir

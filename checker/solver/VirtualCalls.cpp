#include "solver/VirtualCalls.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace weir {
namespace {

bool isDestructor(StringRef Method) {
  return Method.ends_with("D0Ev") || Method.ends_with("D1Ev") || Method.ends_with("D2Ev");
}

/// What a thunk adjusts its object for: `_ZThn8_N1B1fEv` and `_ZTv0_n24_N1B1fEv` are for
/// `_ZN1B1fEv`. One that adjusts its result too has two such offsets behind `_ZTc`, each with its
/// letter. Other functions are themselves.
std::string methodOf(StringRef Name) {
  StringRef Rest = Name;
  if (!Rest.consume_front("_ZT") || Rest.empty() || !StringRef("hvc").contains(Rest.front()))
    return Name.str();
  const unsigned Offsets = Rest.consume_front("c") ? 2 : 1;
  for (unsigned I = 0; I < Offsets; ++I) {
    const unsigned Fields = Rest.starts_with("v") ? 2 : 1;
    for (unsigned Field = 0; Field < Fields; ++Field)
      Rest = Rest.split('_').second;
  }
  return "_Z" + Rest.str();
}

/// An object of the program that only its machine code is known of, unlike a library's member.
bool isObjectInCxx(const Unit &U) {
  return U.isMember() && !U.name().ends_with(")") &&
         any_of(U.Facts.Functions, [&](const facts::Function &F) {
           return U.Facts.Strings[F.Name].starts_with("_Z");
         });
}

/// Whether there is C++ code of which no unit says what it makes objects of, and what it overrides.
bool hasUnknownMethods(const Program &P) {
  return P.hasUnitWithoutSource() || any_of(P.Units, isObjectInCxx) ||
         any_of(P.Unknown, [](const UnknownFunction &F) { return F.Name.starts_with("_Z"); });
}

template <typename Value> void sortOnce(std::vector<Value> &Values) {
  llvm::sort(Values);
  Values.erase(std::unique(Values.begin(), Values.end()), Values.end());
}

} // namespace

VirtualCalls::VirtualCalls(const Program &P, const AddressTaken &Taken)
    : P(P), Taken(Taken), Usable(!hasUnknownMethods(P)) {
  if (!Usable)
    return;
  for (uint32_t U = 0; U < P.Units.size(); ++U)
    read(U);
  if (MethodsOf.empty())
    return;
  for (auto &[Site, Methods] : MethodsOf)
    sortOnce(Methods);
  for (const TargetMember &M : Taken.All)
    AddressOf.try_emplace(M.Function, M.Address);
  for (uint32_t U = 0; U < P.Units.size(); ++U)
    readTables(U);
  for (const auto &[Method, Functions] : HeldAs)
    if (!Placed.count(Method))
      llvm::append_range(Unplaced, Functions);
  sortOnce(Unplaced);
}

void VirtualCalls::read(uint32_t U) {
  const facts::UnitFacts &Facts = P.Units[U].Facts;
  for (const facts::VirtualCall &C : Facts.VirtualCalls) {
    const FactId Site = P.Sites.id(U, C.Site);
    if (isDestructor(Facts.Strings[C.Method]))
      Destroying.insert(Site);
    MethodsOf[Site].push_back(number(Facts.Strings[C.Method]));
  }
  for (const facts::Override &O : Facts.Overrides) {
    const uint32_t Method = number(Facts.Strings[O.Method]);
    Placed.insert(Method);
    if (O.Overridden != 0)
      OverriddenBy[number(Facts.Strings[O.Overridden])].push_back(Method);
  }
  for (const facts::Instance &I : Facts.Instances)
    if (I.Function == 0 || (P.kept(U, I.Function - 1) && P.Nodes[P.node(U, I.Function - 1)].MayRun))
      Made.insert(Facts.Strings[I.Table]);
}

/// A library makes objects of its own, of which no facts tell; and so may code whose object is yet
/// under construction, with a table of its own (`_ZTC`).
void VirtualCalls::readTables(uint32_t U) {
  const facts::UnitFacts &Facts = P.Units[U].Facts;
  for (const facts::Address &A : Facts.Addresses) {
    const StringRef Holder = Facts.Strings[A.Holder];
    if (!P.Units[U].isMember() && !Holder.starts_with("_ZTC") && !Made.contains(Holder))
      continue;
    const NodeId Target = P.node(U, A.Target);
    HeldAs[number(methodOf(P.Nodes[Target].Name))].push_back(Target);
  }
}

const MethodSet *VirtualCalls::methodsOf(FactId Site) const {
  if (!Usable)
    return nullptr;
  auto Found = MethodsOf.find(Site);
  return Found != MethodsOf.end() && !Destroying.count(Site) ? &Found->second : nullptr;
}

std::vector<TargetMember> VirtualCalls::targets(const MethodSet &Methods, TypeId Type) const {
  MethodSet Work = Methods;
  DenseSet<uint32_t> Seen(Work.begin(), Work.end());
  for (size_t I = 0; I < Work.size(); ++I)
    if (auto Found = OverriddenBy.find(Work[I]); Found != OverriddenBy.end())
      for (uint32_t Next : Found->second)
        if (Seen.insert(Next).second)
          Work.push_back(Next);
  std::vector<NodeId> Functions = Type == None ? Unplaced : std::vector<NodeId>();
  for (uint32_t Method : Work)
    if (auto Found = HeldAs.find(Method); Found != HeldAs.end())
      llvm::append_range(Functions, Found->second);
  if (Type != None && !Unplaced.empty())
    for (const TargetMember &M : Taken.ofType(Type))
      if (llvm::binary_search(Unplaced, M.Function))
        Functions.push_back(M.Function);
  sortOnce(Functions);
  std::vector<TargetMember> Members;
  for (NodeId N : Functions)
    if (auto Found = AddressOf.find(N); Found != AddressOf.end())
      Members.push_back({N, Found->second});
  return Members;
}

} // namespace weir

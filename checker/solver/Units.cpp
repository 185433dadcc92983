#include "solver/Units.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/Parallel.h"
#include "llvm/TargetParser/Triple.h"

#include <map>
#include <optional>
#include <set>

using namespace llvm;

namespace weir {
namespace {

struct Chosen {
  const Input *From;
  const facts::Blob *Blob;
};

std::vector<Chosen> distinctBlobs(const InputSet &Set) {
  std::vector<Chosen> Distinct;
  std::set<std::tuple<uint64_t, uint64_t, facts::UnitKind>> Seen;
  for (const Input &In : Set.Inputs)
    for (const facts::Blob &B : In.Blobs)
      if (Seen.emplace(B.ContentHash, B.UnitId, B.Kind).second)
        Distinct.push_back({&In, &B});
  return Distinct;
}

void warnOfTwoBuilds(const std::vector<Unit> &Units, raw_ostream &Warnings) {
  std::map<std::pair<uint64_t, facts::UnitKind>, const Unit *> First;
  for (const Unit &U : Units) {
    auto [Found, New] = First.try_emplace({U.Id, U.Facts.Kind}, &U);
    if (!New)
      Warnings << U.From->Name << ": warning: unit '" << U.name() << "' is there in two builds ('"
               << Found->second->From->Name << "' has the other); both are checked\n";
  }
}

/// The instruction set of a unit; Thumb is ARM's. Empty where its facts do not say.
StringRef machineOf(const Unit &U) {
  Triple Target(U.Facts.Strings[U.Facts.Triple]);
  if (Target.isARM() || Target.isThumb())
    return "arm";
  return Target.getArch() == Triple::UnknownArch ? "" : Triple::getArchTypeName(Target.getArch());
}

/// Names of two machines' programs mean different functions; together they prove nothing.
Error checkOneMachine(const std::vector<Unit> &Units) {
  const Unit *First = nullptr;
  for (const Unit &U : Units) {
    if (machineOf(U).empty())
      continue;
    if (!First)
      First = &U;
    if (machineOf(U) != machineOf(*First))
      return inFile(U.From->Name,
                    createStringError("unit '" + U.name() + "' is for '" + machineOf(U) +
                                      "', but unit '" + First->name() + "' in '" +
                                      First->From->Name + "' for '" + machineOf(*First) +
                                      "'; give the parts of one program"));
  }
  return Error::success();
}

} // namespace

Expected<std::vector<Unit>> readUnits(const InputSet &Set, raw_ostream &Warnings) {
  std::vector<Chosen> Blobs = distinctBlobs(Set);
  std::vector<std::optional<Expected<facts::UnitFacts>>> Decoded(Blobs.size());
  parallelFor(0, Blobs.size(), [&](size_t I) { Decoded[I].emplace(decode(*Blobs[I].Blob)); });

  std::vector<Unit> Units;
  Units.reserve(Blobs.size());
  Error First = Error::success();
  for (size_t I = 0; I < Blobs.size(); ++I) {
    Expected<facts::UnitFacts> &Facts = *Decoded[I];
    if (!Facts)
      First = joinErrors(std::move(First), inFile(Blobs[I].From->Name, Facts.takeError()));
    else
      Units.push_back({std::move(*Facts), Blobs[I].Blob->UnitId, Blobs[I].From});
  }
  if (First)
    return First;
  if (Error E = checkOneMachine(Units))
    return E;
  warnOfTwoBuilds(Units, Warnings);
  return Units;
}

} // namespace weir

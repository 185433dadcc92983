#include "solver/Ifuncs.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace weir {

/// The names of a function and of what it calls in its unit, directly or not.
static DenseSet<facts::Str> namesBelow(const facts::UnitFacts &Facts, uint32_t Function) {
  std::vector<uint32_t> Work = {Function};
  DenseSet<facts::Str> Names;
  while (!Work.empty()) {
    uint32_t F = Work.back();
    Work.pop_back();
    if (Names.insert(Facts.Functions[F].Name).second)
      for (const facts::Call &C : Facts.Calls)
        if (C.Caller == F)
          Work.push_back(C.Callee);
  }
  return Names;
}

std::vector<uint32_t> resolvable(const facts::UnitFacts &Facts, uint32_t Resolver) {
  DenseSet<facts::Str> Holders = namesBelow(Facts, Resolver), Types;
  auto Holds = [&](const facts::Address &A) {
    return !(A.Flags & facts::AddressInInitializer) && Holders.contains(A.Holder);
  };
  for (const facts::Address &A : Facts.Addresses)
    if (Holds(A))
      Types.insert(A.Type);
  std::vector<uint32_t> Found;
  for (auto [I, A] : enumerate(Facts.Addresses))
    if (Holds(A) || ((A.Flags & facts::AddressInInitializer) && Types.contains(A.Type)))
      Found.push_back(static_cast<uint32_t>(I));
  return Found;
}

} // namespace weir

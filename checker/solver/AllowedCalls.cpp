#include "solver/AllowedCalls.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <map>

using namespace llvm;

namespace weir {

/// A copy of Class, and of what it includes, without what is allowed; Class itself when that is
/// nothing.
static ClassId withoutAllowed(IndirectCalls &Calls, ClassId Class,
                              function_ref<bool(NodeId)> Allowed) {
  std::vector<TargetClass> Copies;
  DenseMap<ClassId, ClassId> CopyOf;
  bool Changed = false;
  for (ClassId Part : Calls.closure(Class)) {
    TargetClass Copy = Calls.Classes[Part];
    llvm::erase_if(Copy.Members, [&](const TargetMember &M) { return Allowed(M.Function); });
    Changed |= Copy.Members.size() != Calls.Classes[Part].Members.size();
    CopyOf[Part] = static_cast<ClassId>(Calls.Classes.size() + Copies.size());
    Copies.push_back(std::move(Copy));
  }
  if (!Changed)
    return Class;
  for (TargetClass &Copy : Copies) {
    for (ClassId &Included : Copy.Includes)
      Included = CopyOf[Included];
    Calls.Classes.push_back(std::move(Copy));
  }
  return CopyOf[Class];
}

void splitAllowedClasses(const Program &P, IndirectCalls &Calls,
                         function_ref<bool(NodeId)> MayAllow,
                         function_ref<bool(NodeId, NodeId)> Allowed) {
  std::map<std::pair<NodeId, ClassId>, ClassId> Done;
  for (uint32_t U = 0; U < P.Units.size(); ++U) {
    const std::vector<facts::Site> &Sites = P.Units[U].Facts.Sites;
    for (uint32_t I = 0; I < Sites.size(); ++I) {
      const NodeId Caller = P.node(U, Sites[I].Caller);
      if (!MayAllow(Caller) || !P.kept(U, Sites[I].Caller))
        continue;
      ClassId &Class = Calls.ClassOf[P.Sites.id(U, I)];
      auto [Found, New] = Done.try_emplace({Caller, Class}, None);
      if (New)
        Found->second =
            withoutAllowed(Calls, Class, [&](NodeId To) { return Allowed(Caller, To); });
      Class = Found->second;
    }
  }
}

} // namespace weir

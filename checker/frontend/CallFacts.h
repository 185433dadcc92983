// Calls and call sites in the bodies of functions.
#ifndef WEIR_FRONTEND_CALLFACTS_H
#define WEIR_FRONTEND_CALLFACTS_H

#include "frontend/AddressFacts.h"
#include "frontend/BodyPlaces.h"
#include "llvm/TargetParser/Triple.h"

namespace llvm {
class CallBase;
} // namespace llvm

namespace weir::frontend {

/// Fills Facts.Calls, Facts.Sites and where their pointers come from; the addresses in the bodies
/// go to an AddressFacts. Refers to what it is given.
class CallFacts {
public:
  CallFacts(const llvm::Module &M, const Declarations &Declared, TypeScheme Scheme,
            FunctionTable &Functions, AddressFacts &Addresses, facts::UnitFacts &Facts);

  void body(const llvm::Function &F);

private:
  void instruction(const llvm::Instruction &I, uint32_t Caller, BodyPlaces &Places);
  void call(const llvm::CallBase &Call, uint32_t Caller, BodyPlaces &Places);
  void throughPointer(const llvm::CallBase &Call, uint32_t Caller, BodyPlaces &Places);
  void coroutine(const llvm::CallBase &Call, uint32_t Caller, BodyPlaces &Places);
  void lowered(const llvm::Instruction &I, uint32_t Caller, BodyPlaces &Places);
  bool isWalked(const facts::Site &Site, const Body &Source, size_t FirstSite, bool ByType) const;
  void origins(const Body &Source, size_t FirstSite);

  const Declarations &Declared;
  const TypeScheme Scheme;
  const llvm::Triple Target;
  FunctionTable &Functions;
  AddressFacts &Addresses;
  facts::UnitFacts &Facts;
  OccurrenceMatcher BeforeMain; ///< for all functions that have no source of their own
};

} // namespace weir::frontend

#endif

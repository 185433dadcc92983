// Addresses of functions that are taken, and virtual tables that are: in code and in initialisers.
#ifndef WEIR_FRONTEND_ADDRESSFACTS_H
#define WEIR_FRONTEND_ADDRESSFACTS_H

#include "frontend/BodyPlaces.h"
#include "llvm/ADT/DenseSet.h"

namespace llvm {
class GlobalVariable;
} // namespace llvm

namespace weir::frontend {

/// Fills Facts.Addresses and Facts.Instances. Refers to what it is given.
class AddressFacts {
public:
  AddressFacts(const Declarations &Declared, FunctionTable &Functions, facts::UnitFacts &Facts);

  /// An operand of \p I, in the function of row \p Holder.
  void operand(const llvm::Constant &Value, const llvm::Instruction &I, uint32_t Holder,
               BodyPlaces &Places);
  void object(const llvm::GlobalVariable &Object);

private:
  void taken(const llvm::GlobalValue &Taken, const llvm::Instruction &I, uint32_t Holder,
             BodyPlaces &Places);
  void addCasts(uint32_t Row);
  void addMention(uint32_t Row, const FunctionMention &Mention, uint32_t Flags);
  void addInstances(const llvm::Constant &Top, uint32_t Maker);
  void addInstance(const facts::Instance &Made);
  void heldBy(const llvm::GlobalVariable &Object, const llvm::GlobalValue &Taken);
  bool heldByUsers(const llvm::GlobalVariable &Object, uint32_t Row);

  const Declarations &Declared;
  FunctionTable &Functions;
  facts::UnitFacts &Facts;
  llvm::DenseSet<std::pair<uint32_t, facts::Str>> Instances;
  llvm::StringMap<llvm::SmallVector<const FunctionMention *, 2>> Mentions;
  llvm::StringMap<llvm::SmallVector<const FunctionMention *, 2>> Casts;
};

} // namespace weir::frontend

#endif

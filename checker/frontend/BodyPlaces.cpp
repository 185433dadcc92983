#include "frontend/BodyPlaces.h"

#include "frontend/DebugLocations.h"
#include "llvm/IR/Function.h"

using namespace llvm;

namespace weir::frontend {

const DeclaredFunction *sourceOf(const Function &F, const Declarations &Declared) {
  const auto Known = Declared.Functions.find(plainName(F));
  return Known != Declared.Functions.end() && Known->second.Body ? &Known->second : nullptr;
}

BodyPlaces::BodyPlaces(const Function &F, const Declarations &Declared, FunctionTable &Functions,
                       OccurrenceMatcher *BeforeMain)
    : Declared(Declared), Functions(Functions), Source(sourceOf(F, Declared)), Own(source()),
      BeforeMain(BeforeMain), Definition(Source ? Source->Definition : 0) {}

facts::Location BodyPlaces::place(const Instruction &I, RawPlace Found) {
  if (!Declared.Sources)
    return Functions.location(pointOf(I));
  return Functions.location(Found ? Found : Definition);
}

} // namespace weir::frontend

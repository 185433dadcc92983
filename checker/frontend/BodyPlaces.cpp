#include "frontend/BodyPlaces.h"

#include "frontend/DebugLocations.h"
#include "llvm/IR/Function.h"

using namespace llvm;

namespace weir::frontend {

BodyPlaces::BodyPlaces(const Function &F, const Declarations &Declared, FunctionTable &Functions,
                       OccurrenceMatcher *BeforeMain)
    : Declared(Declared), Functions(Functions), Known(declaredAs(F, Declared)), Own(source()),
      BeforeMain(BeforeMain) {}

facts::Location BodyPlaces::place(const Instruction &I, RawPlace Found) {
  if (!Declared.Sources)
    return Functions.location(pointOf(I));
  return Functions.location(Found ? Found : Known.Definition);
}

} // namespace weir::frontend

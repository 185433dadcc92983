// Where the IR of one function comes from in the source.
#ifndef WEIR_FRONTEND_BODYPLACES_H
#define WEIR_FRONTEND_BODYPLACES_H

#include "frontend/FunctionTable.h"
#include "llvm/IR/Instruction.h"

namespace weir::frontend {

/// The occurrences of the function's source, to be handed out, and places for what has none of its
/// own: what the compiler added, as the destructor of a member, stands where the function does.
///
/// \p BeforeMain serves functions without a source of their own; null is for none of those.
class BodyPlaces {
public:
  BodyPlaces(const llvm::Function &F, const Declarations &Declared, FunctionTable &Functions,
             OccurrenceMatcher *BeforeMain);

  const Body *source() const { return Known.Body ? &Declared.Bodies[Known.Body] : nullptr; }
  OccurrenceMatcher &occurrences() { return Known.Body || !BeforeMain ? Own : *BeforeMain; }

  facts::Location fallback() { return Functions.location(Known.Definition); }
  /// \p Found is what occurrences() said of \p I.
  facts::Location place(const llvm::Instruction &I, RawPlace Found);

private:
  const Declarations &Declared;
  FunctionTable &Functions;
  const DeclaredFunction Known;
  OccurrenceMatcher Own;
  OccurrenceMatcher *BeforeMain;
};

} // namespace weir::frontend

#endif

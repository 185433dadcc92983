// The collector: from unoptimised IR to facts.
//
// Edges come from the IR, because only there is everything a compiler adds: constructors,
// operators, instantiated templates. It has to be read before any optimisation, which would delete
// edges.
#ifndef WEIR_FRONTEND_COLLECTOR_H
#define WEIR_FRONTEND_COLLECTOR_H

#include "facts/Model.h"
#include "frontend/Declarations.h"

namespace llvm {
class Module;
}

namespace weir::frontend {

/// The facts of \p M. \p Declared adds what the syntax tree knew; it is empty for bitcode. \p Name
/// is the unit's name, empty to take the module's.
facts::UnitFacts collect(const llvm::Module &M, const Declarations &Declared, TypeScheme Scheme,
                         llvm::StringRef Name);

} // namespace weir::frontend

#endif

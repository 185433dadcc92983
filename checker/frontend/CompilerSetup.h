// What the front end asks of clang's code generation, before it begins.
#ifndef WEIR_FRONTEND_COMPILERSETUP_H
#define WEIR_FRONTEND_COMPILERSETUP_H

#include "frontend/TypeScheme.h"

namespace clang {
class CompilerInstance;
} // namespace clang

namespace weir::frontend {

/// Whether this compile generates code, as bitcode, assembly or an object.
bool generatesCode(const clang::CompilerInstance &Compiler);

/// Whether it only generates bitcode or IR as text, without running a pass of its own: the middle
/// step of `-save-temps`.
bool writesUnoptimizedIr(const clang::CompilerInstance &Compiler);

/// Whether passes are switched off while an object is written: what was asked of code generation
/// could not be removed again.
bool leavesNoHook(const clang::CompilerInstance &Compiler);

/// How types will reach the IR of this compile, and who asked for it.
struct TypeRoute {
  TypeScheme Scheme = TypeScheme::None;
  bool Ours = false; ///< we switched it on, so we remove what it leaves
};

/// Switches exact types on where that is safe. Call when the ASTConsumer is initialised: a
/// precompiled header has been accepted by then, and no code has been generated.
TypeRoute requestTypes(clang::CompilerInstance &Compiler);

/// Undoes requestTypes where a later step of this process would see it.
void withdrawTypes(clang::CompilerInstance &Compiler, const TypeRoute &Route);

} // namespace weir::frontend

#endif

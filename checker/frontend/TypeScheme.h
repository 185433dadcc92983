// How exact function types reach the IR.
//
// With opaque pointers the IR no longer says which C type an indirect call has. Two features of
// clang attach it as metadata: the call graph section (LLVM 22) and kCFI (16 to 21). The front end
// switches one on, reads what it attached, and removes it again, so that the code is as plain.
#ifndef WEIR_FRONTEND_TYPESCHEME_H
#define WEIR_FRONTEND_TYPESCHEME_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace llvm {
class CallBase;
class Function;
class Module;
} // namespace llvm

namespace weir::frontend {

enum class TypeScheme { None, Generalized, Kcfi };

/// The name of \p Scheme in the facts.
llvm::StringRef schemeName(TypeScheme Scheme);

/// A kCFI type number as the facts spell it: eight hex digits.
std::string kcfiTypeName(uint32_t Number);

/// The type of \p F, or empty when code generation attached none.
std::string typeOf(const llvm::Function &F, TypeScheme Scheme);

/// The type through which \p Call calls, or empty.
std::string typeOf(const llvm::CallBase &Call, TypeScheme Scheme);

/// Removes all that the scheme attached. The module is then as if it had never been on.
void removeTypes(llvm::Module &M, TypeScheme Scheme);

/// Removes the module flags for which \p Unwanted holds.
void removeModuleFlags(llvm::Module &M, bool (*Unwanted)(llvm::StringRef Name));

} // namespace weir::frontend

#endif

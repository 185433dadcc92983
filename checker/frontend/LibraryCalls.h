// Calls of library functions that the compiler knows by name, and makes instructions of.
//
// `memcpy(a, b, n)` is an intrinsic in the IR, whether code generation will write out the copy or
// call the library; so is a copy of a structure, which nobody spelled. The syntax tree tells them
// apart.
#ifndef WEIR_FRONTEND_LIBRARYCALLS_H
#define WEIR_FRONTEND_LIBRARYCALLS_H

#include "llvm/ADT/StringRef.h"

namespace llvm {
class Instruction;
}

namespace weir::frontend {

/// What \p I does, when that may have been a call of a library function in the source: an
/// intrinsic's name without prefix and types, `frem`, or `alloca` for stack of a size that only the
/// run knows. Else empty.
llvm::StringRef operationOf(const llvm::Instruction &I);

/// Whether a call of the library function \p Name may have become \p Operation.
bool mayBecome(llvm::StringRef Name, llvm::StringRef Operation);

/// \p Name without the check of sizes that _FORTIFY_SOURCE puts around it: what remains once the
/// compiler has made the check.
llvm::StringRef withoutCheck(llvm::StringRef Name);

/// The library function that code generation may call for \p Operation, where that is no function
/// of mathematics. Else empty.
llvm::StringRef memoryFunction(llvm::StringRef Operation);

} // namespace weir::frontend

#endif

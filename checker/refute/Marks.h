// What the graph and the module of the code know each other by.
#ifndef WEIR_REFUTE_MARKS_H
#define WEIR_REFUTE_MARKS_H

#include "solver/NameTable.h"

#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/ModRef.h"

#include <string>

namespace weir {

/// Variables that were local to a unit begin so. Each is an object of its own.
inline constexpr char LocalPrefix[] = "weir.variable.";
/// Functions that give any value of a type: they stand for what is not known.
inline constexpr char AnythingPrefix[] = "weir.any.";

/// The name of a node's function in the module.
std::string functionName(NodeId N);
/// The node of a function of the module, or None.
NodeId nodeOf(llvm::StringRef FunctionName);

/// What a call names, unless it is through a pointer.
llvm::Function *calleeOf(const llvm::CallBase &Call);
/// The function in whose source a call through a pointer stands, or None. Inlining keeps it.
NodeId callerOf(const llvm::CallBase &Call);
/// Writes that down. Call is replaced.
void markCaller(llvm::CallBase &Call, NodeId N);

/// A function without a body that gives a value, and ends, and of which no more is known.
llvm::Function *opaqueFunction(llvm::Module &M, const llvm::Twine &Name, llvm::Type *Of,
                               llvm::MemoryEffects Touches);

} // namespace weir

#endif

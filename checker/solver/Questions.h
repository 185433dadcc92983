// Answers to questions about the graph: why is an edge there, which way leads from here to there.
#ifndef WEIR_SOLVER_QUESTIONS_H
#define WEIR_SOLVER_QUESTIONS_H

#include "output/Finding.h"
#include "solver/BannedPaths.h"

namespace weir {

/// The functions that a user means by Text: a symbol name, `file:name` of a local function (the
/// end of the file's path is enough), or a C++ name with or without its parameters. An error when
/// there is none.
llvm::Expected<std::vector<NodeId>> functionsNamed(const Program &P, llvm::StringRef Text);

/// Every edge from a function of Callers to one of Callees, one finding each, with what it rests
/// on. Rules say which of them is allowed.
Report explainEdges(const Program &P, const CallGraph &G, Policy &Rules,
                    llvm::ArrayRef<NodeId> Callers, llvm::ArrayRef<NodeId> Callees);

/// The shortest path from each function of Starts to each of Targets or, with EveryCaller, one by
/// each function that calls the target.
Report showPaths(const Program &P, const CallGraph &G, llvm::ArrayRef<NodeId> Starts,
                 llvm::ArrayRef<NodeId> Targets, PathChoice Choice);

} // namespace weir

#endif

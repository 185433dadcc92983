// Holds the facts of a unit against the object that the build made of it.
#ifndef WEIR_EXTRACT_COMPLETENESS_H
#define WEIR_EXTRACT_COMPLETENESS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace weir {

/// Functions of an object that the facts of its unit lack: those that it calls by a relocation, and
/// the strong ones that it defines. Sorted. What compilers call on their own account is left out.
/// An error when a file cannot be read.
llvm::Expected<std::vector<std::string>> missingFunctions(llvm::StringRef ObjectPath,
                                                          llvm::StringRef Facts);

} // namespace weir

#endif

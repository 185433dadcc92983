// The code behind the graph: of each function of the program the one body that runs, under the
// number of its node.
#ifndef WEIR_REFUTE_BODIES_H
#define WEIR_REFUTE_BODIES_H

#include "extract/Bitcode.h"
#include "solver/Reachability.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace weir {

/// One module of bitcode. A function with a body is one that the graph knows, with the calls that
/// the graph knows, and in the program only this body can be it; of all others there are
/// declarations. Of variables that may change nothing is said: a function may run at any time.
class Bodies {
public:
  /// Of the code of units, what can be matched with the graph; what cannot is told to Talk. Ways
  /// are towards the functions that are looked for: a call that leads to one must be in the code,
  /// or its function gets no body.
  static llvm::Expected<Bodies> make(const Program &P, const CallGraph &G,
                                     llvm::ArrayRef<ToTarget> Ways, std::vector<UnitCode> Units,
                                     llvm::raw_ostream &Talk);

  llvm::MemoryBufferRef bitcode() const {
    return {llvm::StringRef(Bytes.data(), Bytes.size()), "program"};
  }

private:
  llvm::SmallVector<char, 0> Bytes;
};

/// Whether the command compiles the unit that the facts name so.
bool isOfUnit(const CompileCommand &Command, llvm::StringRef UnitName);

} // namespace weir

#endif

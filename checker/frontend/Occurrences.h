// Where in the source the calls of the IR stand.
//
// Debug information would say it, but to have clang track it costs more than all the rest of the
// plugin. The syntax tree is walked anyway: it notes each call in a body, in order and by the
// callee's bare name, and the IR's calls are then told apart by their symbols. No name is mangled.
#ifndef WEIR_FRONTEND_OCCURRENCES_H
#define WEIR_FRONTEND_OCCURRENCES_H

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringRef.h"
#include <vector>

namespace weir::frontend {

/// A place as clang's source manager encodes it; 0 is unknown.
using RawPlace = unsigned;

enum class Act : uint8_t {
  Call,      ///< of the function Name
  Builtin,   ///< likewise, one that the compiler knows and may make something else of
  Construct, ///< of an object of class Name
  Destroy,   ///< likewise
  Operator,  ///< a call of a function whose name is no identifier
  Virtual,   ///< of the method Name
  VirtualDestroy,
  ThroughPointer,
  TakeAddress, ///< of the function Name
  Assembly
};

/// One such act in a body.
struct Occurrence {
  Act What;
  RawPlace Where;
  llvm::StringRef Name; ///< an identifier, or an assembler's name
};

/// A call through a pointer, or of a virtual method, apart from where it stands.
struct PointerUse {
  llvm::StringRef Type;   ///< of the function called
  llvm::StringRef Origin; ///< the variable or the method; empty when it is not known
  bool IsCall = true;     ///< false for further origins of the call before it
};

struct Body {
  std::vector<Occurrence> Acts;
  std::vector<PointerUse> Pointers;
  std::vector<PointerUse> Methods;
};

/// Hands out the occurrences of one body to the IR made from it, each once and in order. Where the
/// IR has more of a kind, as on paths of exceptions, the last one stands for the rest.
///
/// Time: linear in the body for each different symbol asked for.
class OccurrenceMatcher {
public:
  /// \p Of may be null: then nothing is found.
  explicit OccurrenceMatcher(const Body *Of) : Of(Of), Used(Of ? Of->Acts.size() : 0) {}

  RawPlace call(llvm::StringRef Symbol);
  RawPlace callThroughPointer(bool Virtual);
  RawPlace address(llvm::StringRef Symbol);
  RawPlace assembly();
  /// The call, in the source, of a library function that became \p Operation; null when there is
  /// none left.
  const Occurrence *lowered(llvm::StringRef Operation);

private:
  struct Cursor {
    size_t Next = 0;
    RawPlace Last = 0;
  };
  template <typename Predicate> const Occurrence *take(size_t &Next, Predicate Fits);
  template <typename Predicate> RawPlace next(Cursor &From, Predicate Fits);

  const Body *Of;
  llvm::BitVector Used;
  llvm::DenseMap<llvm::StringRef, Cursor> Called, Taken, Lowered;
  Cursor Virtuals, Pointers, Assemblies;
  size_t Operators = 0;
};

} // namespace weir::frontend

#endif

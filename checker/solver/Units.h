// Decodes the facts of all inputs: each unit once.
#ifndef WEIR_SOLVER_UNITS_H
#define WEIR_SOLVER_UNITS_H

#include "facts/Model.h"
#include "solver/Inputs.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <vector>

namespace weir {

/// A unit and where its facts came from.
struct Unit {
  facts::UnitFacts Facts;
  uint64_t Id = 0;
  const Input *From = nullptr;

  llvm::StringRef name() const { return Facts.Strings[Facts.Name]; }
  bool isMember() const { return Facts.Kind == facts::UnitKind::LibraryMember; }
  /// Whether a linker takes it only when it is asked for, so that another's definitions go before.
  bool isLibrary() const { return isMember() || From->FromArchive; }
};

/// All units in the order of the inputs. Blobs with one content hash are one unit; two builds of
/// one unit are both kept, with a warning. Units of two machines are an error.
llvm::Expected<std::vector<Unit>> readUnits(const InputSet &Set, llvm::raw_ostream &Warnings);

} // namespace weir

#endif

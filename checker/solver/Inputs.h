// Reads what weir-check is given: images, objects, archives and facts files.
#ifndef WEIR_SOLVER_INPUTS_H
#define WEIR_SOLVER_INPUTS_H

#include "facts/Decode.h"

#include "llvm/Object/Binary.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir {

/// A function that a symbol table defines.
struct SymbolFunction {
  llvm::StringRef Name;
  uint64_t Section = 0; ///< in an object; 0 in an image
  uint64_t Address = 0;
  bool IsLocal = false;
  bool IsStrong = false; ///< global and not weak
  /// Of a local one, the source file that the symbol table puts it under; empty when it does not.
  llvm::StringRef File = {};
};

/// A function that runs before main or after it, as an array of the file says: by its name or,
/// where that is empty, by its place.
struct StartedFunction {
  llvm::StringRef Name;
  uint64_t Section = 0; ///< as SymbolFunction's
  uint64_t Address = 0;
};

enum class InputKind {
  Image,  ///< linked: its symbol table says which functions there are
  Object, ///< relocatable
  Facts,  ///< blobs and nothing else
};

/// One file, or one member of an archive. What it refers to lives in InputSet.
struct Input {
  std::string Name; ///< path, or archive(member)
  InputKind Kind = InputKind::Facts;
  bool FromArchive = false;
  std::optional<uint64_t> Entry; ///< where an image starts
  bool IsDynamic = false;        ///< a loader completes it
  bool HasLocals = false;        ///< its symbol table has functions that are not global
  std::vector<facts::Blob> Blobs;
  std::vector<SymbolFunction> Functions;
  std::vector<StartedFunction> Started;
  std::vector<llvm::StringRef> Labels;      ///< other global names that it defines or asks for
  std::vector<llvm::StringRef> LocalLabels; ///< of an image: local names without a type
};

struct InputSet {
  std::vector<Input> Inputs;
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> Buffers;
  std::vector<std::unique_ptr<llvm::object::Binary>> Binaries;
  std::vector<std::string> Warnings; ///< whole lines
};

/// Reads every file. An error is a whole line, `file: error: what; what to do`: a file that is
/// missing or of no known kind, without symbols, without facts, or with facts that are damaged.
/// With FactsElsewhere, an image or object without facts is one more symbol table.
llvm::Expected<InputSet> readInputs(llvm::ArrayRef<std::string> Paths, bool FactsElsewhere = false);

/// `File: error: E`.
llvm::Error inFile(llvm::StringRef File, llvm::Error E);

} // namespace weir

#endif

// Facts of a build that clang does not make: each unit is compiled once more by clang, with the
// plugin, as its own compiler would have compiled it.
//
// Clang runs as a process of its own, a unit each: one that crashes costs its unit alone, and the
// plugin is the one collector there is. See DESIGN.md.
#ifndef WEIR_EXTRACT_EXTRACT_H
#define WEIR_EXTRACT_EXTRACT_H

#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <string>
#include <vector>

namespace weir {

struct ExtractOptions {
  std::string Build;                   ///< a directory with compile_commands.json, or the file
  std::string Clang;                   ///< of the LLVM that the plugin was built with
  std::string Plugin;                  ///< weir.so
  std::string Linkguard = "linkguard"; ///< reads objects that have no source clang can read
  std::string Cache;                   ///< a directory; empty: under the build's
  std::vector<std::string> Only;       ///< globs of sources; none: all
  unsigned Jobs = 0;                   ///< 0: one a core
};

struct ExtractedUnit {
  std::string Source; ///< as its command writes it
  std::string Object; ///< what the build made of it; empty when that is not there
  std::unique_ptr<llvm::MemoryBuffer> Facts;
  bool Reused = false;
  /// What clang said where it cannot read the unit: Facts are then the object's own edges.
  std::string WhyDegraded;
  /// Functions of the object that the facts lack.
  std::vector<std::string> Missing;
};

/// The units of a build in the order of their commands. Progress and what is worth telling goes to
/// Talk. An error is one whole line or more: a command, a source or a compiler that is not there, a
/// clang that does not load the plugin, a unit of which nothing can be known.
llvm::Expected<std::vector<ExtractedUnit>> extractUnits(const ExtractOptions &Options,
                                                        llvm::raw_ostream &Talk);

} // namespace weir

#endif

// Facts of units that have not changed: by the command that made them and the content of every file
// that was read.
#ifndef WEIR_EXTRACT_FACTSCACHE_H
#define WEIR_EXTRACT_FACTSCACHE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace weir {

/// A directory with two files for each command: what was read, with a hash of each, and the facts.
/// May be used by several threads. A damaged entry is as good as none.
class FactsCache {
public:
  explicit FactsCache(std::string Directory) : Directory(std::move(Directory)) {}

  /// Makes the directory.
  llvm::Error prepare();

  /// The facts that Command made before, if nothing it read has changed.
  std::optional<std::string> find(llvm::ArrayRef<std::string> Command);

  /// Keeps what Command made from the files Read. That it cannot be kept is not an error.
  void store(llvm::ArrayRef<std::string> Command, llvm::ArrayRef<std::string> Read,
             llvm::StringRef Facts);

private:
  std::string pathOf(llvm::ArrayRef<std::string> Command, llvm::StringRef Suffix) const;
  /// The hash of a file's content, read once a run; nothing when it cannot be read.
  std::optional<std::string> hashOf(const std::string &Path);

  std::string Directory;
  std::mutex Lock;
  std::map<std::string, std::optional<std::string>> Hashes;
};

} // namespace weir

#endif

// Runs another program and keeps what it says.
#ifndef WEIR_EXTRACT_PROCESS_H
#define WEIR_EXTRACT_PROCESS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace weir {

struct Outcome {
  int Status = 0; ///< 0 is success; negative when it crashed
  std::string Out, Err;
};

/// Runs Command[0], looked up as a shell would, in Directory. An error when it cannot be started.
/// May be called from several threads.
llvm::Expected<Outcome> runProgram(llvm::ArrayRef<std::string> Command, llvm::StringRef Directory);

/// A file or directory that is removed with its content when this goes out of scope.
class TemporaryDirectory {
public:
  static llvm::Expected<TemporaryDirectory> make();
  TemporaryDirectory(TemporaryDirectory &&Other) : Path(std::move(Other.Path)) {
    Other.Path.clear();
  }
  TemporaryDirectory(const TemporaryDirectory &) = delete;
  ~TemporaryDirectory();

  std::string file(llvm::StringRef Name) const { return Path + "/" + Name.str(); }

private:
  explicit TemporaryDirectory(std::string Path) : Path(std::move(Path)) {}
  std::string Path;
};

} // namespace weir

#endif

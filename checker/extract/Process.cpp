#include "extract/Process.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

#include <optional>

using namespace llvm;

namespace weir {

Expected<TemporaryDirectory> TemporaryDirectory::make() {
  SmallString<64> Path;
  if (std::error_code E = sys::fs::createUniqueDirectory("weir-check", Path))
    return createStringError("cannot make a temporary directory: " + E.message() +
                             "; set TMPDIR to a place that can be written");
  return TemporaryDirectory(Path.str().str());
}

TemporaryDirectory::~TemporaryDirectory() {
  if (!Path.empty())
    (void)sys::fs::remove_directories(Path); // what stays, the system clears up
}

static std::string contentOf(StringRef Path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer = MemoryBuffer::getFile(Path);
  return Buffer ? (*Buffer)->getBuffer().str() : std::string();
}

Expected<Outcome> runProgram(ArrayRef<std::string> Command, StringRef Directory) {
  Expected<TemporaryDirectory> Files = TemporaryDirectory::make();
  if (!Files)
    return Files.takeError();
  std::string Out = Files->file("out"), Err = Files->file("err");
  // LLVM starts programs where this one stands; the shell steps aside first.
  std::vector<StringRef> Arguments = {"/bin/sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh",
                                      Directory};
  Arguments.insert(Arguments.end(), Command.begin(), Command.end());
  std::optional<StringRef> Redirects[] = {StringRef(""), StringRef(Out), StringRef(Err)};
  std::string Message;
  int Status = sys::ExecuteAndWait("/bin/sh", Arguments, std::nullopt, Redirects,
                                   /*SecondsToWait=*/0, /*MemoryLimit=*/0, &Message);
  // LLVM's own word for what the shell cannot find or may not start; -2 is a crash.
  if (Status == -1)
    return createStringError("'" + Command.front() + "' cannot be run: " +
                             StringRef(contentOf(Err)).rtrim().rsplit(": ").second);
  return Outcome{Status, contentOf(Out), contentOf(Err)};
}

} // namespace weir

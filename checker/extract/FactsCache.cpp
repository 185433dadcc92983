#include "extract/FactsCache.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

namespace weir {

/// 128 bits, since a clash would show another unit's facts.
static std::string digest(StringRef Bytes) {
  XXH128_hash_t Hash = xxh3_128bits(arrayRefFromStringRef(Bytes));
  return utohexstr(Hash.high64, true, 16) + utohexstr(Hash.low64, true, 16);
}

Error FactsCache::prepare() {
  if (std::error_code E = sys::fs::create_directories(Directory))
    return createStringError(Directory + ": error: cannot make the cache's directory: " +
                             E.message() + "; name another one with --cache");
  return Error::success();
}

std::string FactsCache::pathOf(ArrayRef<std::string> Command, StringRef Suffix) const {
  std::string Text;
  for (const std::string &Word : Command)
    Text += Word + '\0';
  return Directory + "/" + digest(Text) + Suffix.str();
}

std::optional<std::string> FactsCache::hashOf(const std::string &Path) {
  {
    std::lock_guard<std::mutex> Guard(Lock);
    if (auto Found = Hashes.find(Path); Found != Hashes.end())
      return Found->second;
  }
  std::optional<std::string> Hash;
  if (ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer =
          MemoryBuffer::getFile(Path, /*IsText=*/false, /*RequiresNullTerminator=*/false))
    Hash = digest((*Buffer)->getBuffer());
  std::lock_guard<std::mutex> Guard(Lock);
  Hashes[Path] = Hash;
  return Hash;
}

std::optional<std::string> FactsCache::find(ArrayRef<std::string> Command) {
  auto Inputs = MemoryBuffer::getFile(pathOf(Command, ".inputs"));
  auto Facts = MemoryBuffer::getFile(pathOf(Command, ".facts"));
  if (!Inputs || !Facts)
    return std::nullopt;
  // The first line is the hash of the facts, each further one a hash and a path.
  SmallVector<StringRef, 64> Lines;
  (*Inputs)->getBuffer().split(Lines, '\n', -1, /*KeepEmpty=*/false);
  if (Lines.size() < 2 || Lines.front() != digest((*Facts)->getBuffer()))
    return std::nullopt;
  for (StringRef Line : drop_begin(Lines)) {
    auto [Hash, Path] = Line.split(' ');
    if (hashOf(Path.str()) != Hash.str())
      return std::nullopt;
  }
  return (*Facts)->getBuffer().str();
}

void FactsCache::store(ArrayRef<std::string> Command, ArrayRef<std::string> Read, StringRef Facts) {
  std::string Inputs = digest(Facts) + "\n";
  for (const std::string &Path : Read) {
    std::optional<std::string> Hash = hashOf(Path);
    if (!Hash || StringRef(Path).contains('\n'))
      return;
    Inputs += *Hash + " " + Path + "\n";
  }
  auto Write = [](StringRef Path, StringRef Bytes) {
    return writeToOutput(Path, [&](raw_ostream &Out) {
      Out << Bytes;
      return Error::success();
    });
  };
  consumeError(joinErrors(Write(pathOf(Command, ".facts"), Facts),
                          Write(pathOf(Command, ".inputs"), Inputs)));
}

} // namespace weir

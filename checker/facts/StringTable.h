// The strings of one unit, each once, numbered from 0; number 0 is the empty string.
#ifndef WEIR_FACTS_STRINGTABLE_H
#define WEIR_FACTS_STRINGTABLE_H

#include "llvm/ADT/CachedHashString.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/StringSaver.h"

#include <cassert>
#include <cstdint>
#include <memory>
#include <vector>

namespace weir::facts {

/// A number in a StringTable.
using Str = uint32_t;

/// Strings are owned by the table and do not move when the table moves.
///
/// A writer interns; a reader reserves room and appends, which costs no hash table. One table does
/// the one or the other, never both.
class StringTable {
public:
  StringTable() : Strings(1) {}

  /// The number of S, which is copied when it is new.
  Str intern(llvm::StringRef S) {
    assert(!Read && "a table that was read is not written to");
    if (S.empty())
      return 0;
    llvm::CachedHashStringRef Key(S);
    auto Found = Numbers.find(Key);
    if (Found != Numbers.end())
      return Found->second;
    llvm::StringRef Kept = llvm::StringRef(copy(S), S.size());
    Str Number = static_cast<Str>(Strings.size());
    Strings.push_back(Kept);
    Numbers.try_emplace(llvm::CachedHashStringRef(Kept, Key.hash()), Number);
    return Number;
  }

  llvm::StringRef operator[](Str Number) const { return Strings[Number]; }
  size_t size() const { return Strings.size(); }

  /// Room for this many strings to be appended, of so many bytes in all.
  void reserve(size_t Count, size_t Bytes) {
    Strings.reserve(Count);
    Read.reset(new char[Bytes]);
    ReadEnd = Read.get();
  }
  /// Adds a string after those that are there, whether or not one is equal.
  void append(llvm::StringRef S) {
    std::copy(S.begin(), S.end(), ReadEnd);
    Strings.emplace_back(ReadEnd, S.size());
    ReadEnd += S.size();
  }
  /// One that does not lie there as it is.
  void appendCopy(const llvm::Twine &Text) {
    llvm::SmallString<256> Buffer;
    const llvm::StringRef S = Text.toStringRef(Buffer);
    Strings.emplace_back(copy(S), S.size());
  }

private:
  const char *copy(llvm::StringRef S) {
    char *Bytes = Storage->Allocate<char>(S.size());
    std::copy(S.begin(), S.end(), Bytes);
    return Bytes;
  }

  std::vector<llvm::StringRef> Strings;
  llvm::DenseMap<llvm::CachedHashStringRef, Str> Numbers;
  std::unique_ptr<llvm::BumpPtrAllocator> Storage = std::make_unique<llvm::BumpPtrAllocator>();
  std::unique_ptr<char[]> Read; ///< what was appended
  char *ReadEnd = nullptr;
};

} // namespace weir::facts

#endif

// What reader and writer share of FORMAT.md: the header's layout and the sections' tags.
#ifndef WEIR_FACTS_FORMAT_H
#define WEIR_FACTS_FORMAT_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace weir::facts {

inline constexpr llvm::StringLiteral Magic = "weirfact";
inline constexpr llvm::StringLiteral SectionName = ".weir.facts";
inline constexpr uint16_t Version = 3;

enum class Codec : uint8_t { Stored = 0, Deflate = 1 };

/// Offsets of the header's fields, all little-endian.
enum HeaderOffset : size_t {
  OffMagic = 0,
  OffVersion = 8,
  OffCodec = 10,
  OffKind = 11,
  OffStoredSize = 12,
  OffRawSize = 16,
  OffContentHash = 20,
  OffUnitId = 28,
  HeaderSize = 36,
};

enum Tag : uint8_t {
  TagStrings = 1,
  TagUnit = 2,
  TagFunctions = 3,
  TagCalls = 4,
  TagSites = 5,
  TagAddresses = 6,
  TagAliases = 7,
  TagCasts = 8,
  TagRetypes = 9,
  TagStores = 10,
  TagSources = 11,
  TagVirtualCalls = 12,
  TagOverrides = 13,
  TagInstances = 14,
  TagAnnotations = 128,
};
/// First bytes of strings that are not written as they are. All types share a beginning and an end.
inline constexpr char TypeMark = 1;
inline constexpr char EscapeMark = 2;
inline constexpr llvm::StringLiteral TypeBegin = "_ZTS";
inline constexpr llvm::StringLiteral TypeEnd = ".generalized";

/// A reader may skip an unknown tag from here up.
inline constexpr uint8_t FirstOptionalTag = 128;

/// The unit id of FORMAT.md: which unit this is, whatever it contains.
uint64_t unitId(llvm::StringRef Name, llvm::StringRef Triple);
/// The content hash of FORMAT.md.
uint64_t contentHash(llvm::StringRef Payload);

} // namespace weir::facts

#endif

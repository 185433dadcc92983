#include "facts/Encode.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/LEB128.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

#include <functional>

using namespace llvm;

namespace weir::facts {

uint64_t contentHash(StringRef Payload) { return xxh3_64bits(Payload); }

uint64_t unitId(StringRef Name, StringRef Triple) {
  SmallString<256> Key(Name);
  Key.push_back('\0');
  Key += Triple;
  return xxh3_64bits(Key.str());
}

namespace {

/// The bytes of one section, before its tag and size are known.
class Section {
public:
  Section() : Out(Bytes) {}

  Section &operator<<(uint64_t Value) {
    encodeULEB128(Value, Out);
    return *this;
  }
  void text(StringRef S) {
    *this << S.size();
    Out << S;
  }
  StringRef bytes() const { return Bytes; }

private:
  SmallString<0> Bytes;
  raw_svector_ostream Out;
};

void write(raw_ostream &Out, Tag Which, const Section &Body) {
  Out << static_cast<char>(Which);
  encodeULEB128(Body.bytes().size(), Out);
  Out << Body.bytes();
}

void writeStrings(raw_ostream &Out, const StringTable &Strings) {
  Section Body;
  Body << Strings.size();
  for (Str I = 0; I < Strings.size(); ++I)
    Body.text(Strings[I]);
  write(Out, TagStrings, Body);
}

/// A number that is small when \p Value is near \p Before, on either side of it.
uint64_t difference(uint32_t Value, uint32_t Before) {
  const int64_t Step = static_cast<int64_t>(Value) - Before;
  return Step < 0 ? static_cast<uint64_t>(-Step) * 2 - 1 : static_cast<uint64_t>(Step) * 2;
}

/// A table, column by column: neighbours in a column are alike, which is what compression lives on.
/// An empty one that is not required leaves no trace.
template <typename Entry, typename... Columns>
void writeTable(raw_ostream &Out, Tag Which, const std::vector<Entry> &Table, Columns... Of) {
  if (Table.empty() && Which != TagFunctions)
    return;
  Section Body;
  Body << Table.size();
  const auto WriteColumn = [&](auto Column) {
    uint32_t Before = 0;
    for (const Entry &E : Table) {
      const uint32_t Value = Column(E);
      Body << difference(Value, Before);
      Before = Value;
    }
  };
  (WriteColumn(Of), ...);
  write(Out, Which, Body);
}

void writeUnit(raw_ostream &Out, const UnitFacts &Unit) {
  Section Body;
  Body << Unit.Name << Unit.Producer << Unit.Triple << Unit.Scheme;
  write(Out, TagUnit, Body);
}

template <typename Entry> uint32_t fileOf(const Entry &E) { return E.Loc.File; }
template <typename Entry> uint32_t lineOf(const Entry &E) { return E.Loc.Line; }
template <typename Entry> uint32_t columnOf(const Entry &E) { return E.Loc.Column; }

/// A table whose entries end in a place.
template <typename Entry, typename... Columns>
void writePlaced(raw_ostream &Out, Tag Which, const std::vector<Entry> &Table, Columns... Of) {
  writeTable(Out, Which, Table, Of..., fileOf<Entry>, lineOf<Entry>, columnOf<Entry>);
}

void writePayload(raw_ostream &Out, const UnitFacts &Unit) {
  writeStrings(Out, Unit.Strings);
  writeUnit(Out, Unit);
  writePlaced(Out, TagFunctions, Unit.Functions, std::mem_fn(&Function::Name),
              std::mem_fn(&Function::Flags), std::mem_fn(&Function::Type));
  writePlaced(Out, TagCalls, Unit.Calls, std::mem_fn(&Call::Caller), std::mem_fn(&Call::Callee),
              std::mem_fn(&Call::Flags));
  writePlaced(Out, TagSites, Unit.Sites, std::mem_fn(&Site::Caller), std::mem_fn(&Site::Flags),
              std::mem_fn(&Site::Type));
  writePlaced(Out, TagAddresses, Unit.Addresses, std::mem_fn(&Address::Target),
              std::mem_fn(&Address::Flags), std::mem_fn(&Address::Type),
              std::mem_fn(&Address::Holder));
  writeTable(Out, TagAliases, Unit.Aliases, std::mem_fn(&Alias::Name), std::mem_fn(&Alias::Target),
             std::mem_fn(&Alias::Flags));
  writePlaced(Out, TagCasts, Unit.Casts, std::mem_fn(&Cast::From), std::mem_fn(&Cast::Flags),
              std::mem_fn(&Cast::To));
  writePlaced(Out, TagRetypes, Unit.Retypes, std::mem_fn(&Retype::Type),
              std::mem_fn(&Retype::Flags));
  writePlaced(Out, TagStores, Unit.Stores, std::mem_fn(&Store::Variable),
              std::mem_fn(&Store::Flags), std::mem_fn(&Store::Function), std::mem_fn(&Store::From));
  writeTable(Out, TagSources, Unit.Sources, std::mem_fn(&Source::Site),
             std::mem_fn(&Source::Variable));
  writeTable(Out, TagVirtualCalls, Unit.VirtualCalls, std::mem_fn(&VirtualCall::Site),
             std::mem_fn(&VirtualCall::Method));
  writeTable(Out, TagOverrides, Unit.Overrides, std::mem_fn(&Override::Method),
             std::mem_fn(&Override::Overridden));
  writeTable(Out, TagInstances, Unit.Instances, std::mem_fn(&Instance::Function),
             std::mem_fn(&Instance::Table));
  writeTable(Out, TagAnnotations, Unit.Annotations, std::mem_fn(&Annotation::Target),
             std::mem_fn(&Annotation::Text));
}

/// Compresses Payload into Packed if that is wanted, possible and of use.
Codec pack(StringRef Payload, Codec Wanted, SmallVectorImpl<uint8_t> &Packed) {
  if (Wanted == Codec::Stored || !compression::zlib::isAvailable())
    return Codec::Stored;
  compression::zlib::compress(arrayRefFromStringRef(Payload), Packed);
  return Packed.size() < Payload.size() ? Codec::Zlib : Codec::Stored;
}

} // namespace

SmallVector<char, 0> encode(const UnitFacts &Unit, Codec Wanted) {
  SmallString<0> Payload;
  raw_svector_ostream PayloadOut(Payload);
  writePayload(PayloadOut, Unit);

  SmallVector<uint8_t, 0> Packed;
  Codec Used = pack(Payload, Wanted, Packed);
  StringRef Stored = Used == Codec::Zlib ? toStringRef(ArrayRef<uint8_t>(Packed)) : Payload.str();

  SmallVector<char, 0> Blob(HeaderSize);
  copy(Magic, Blob.begin());
  char *Header = Blob.data();
  support::endian::write16le(Header + OffVersion, Version);
  Header[OffCodec] = static_cast<char>(Used);
  Header[OffKind] = static_cast<char>(Unit.Kind);
  support::endian::write32le(Header + OffStoredSize, Stored.size());
  support::endian::write32le(Header + OffRawSize, Payload.size());
  support::endian::write32le(Header + OffReserved, 0);
  support::endian::write64le(Header + OffContentHash, contentHash(Payload));
  support::endian::write64le(Header + OffUnitId,
                             unitId(Unit.Strings[Unit.Name], Unit.Strings[Unit.Triple]));
  Blob.append(Stored.begin(), Stored.end());
  return Blob;
}

} // namespace weir::facts

#include "facts/Encode.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/LEB128.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

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
  Section &operator<<(const Location &Loc) { return *this << Loc.File << Loc.Line << Loc.Column; }
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

/// A table of entries; an empty one that is not required leaves no trace.
template <typename Entry, typename Writer>
void writeTable(raw_ostream &Out, Tag Which, const std::vector<Entry> &Table, Writer WriteEntry) {
  if (Table.empty() && Which != TagFunctions)
    return;
  Section Body;
  Body << Table.size();
  for (const Entry &E : Table)
    WriteEntry(Body, E);
  write(Out, Which, Body);
}

void writeUnit(raw_ostream &Out, const UnitFacts &Unit) {
  Section Body;
  Body << Unit.Name << Unit.Producer << Unit.Triple << Unit.Scheme;
  write(Out, TagUnit, Body);
}

void writePayload(raw_ostream &Out, const UnitFacts &Unit) {
  writeStrings(Out, Unit.Strings);
  writeUnit(Out, Unit);
  writeTable(Out, TagFunctions, Unit.Functions,
             [](Section &S, const Function &F) { S << F.Name << F.Flags << F.Type << F.Loc; });
  writeTable(Out, TagCalls, Unit.Calls,
             [](Section &S, const Call &C) { S << C.Caller << C.Callee << C.Flags << C.Loc; });
  writeTable(Out, TagSites, Unit.Sites,
             [](Section &S, const Site &C) { S << C.Caller << C.Flags << C.Type << C.Loc; });
  writeTable(Out, TagAddresses, Unit.Addresses, [](Section &S, const Address &A) {
    S << A.Target << A.Flags << A.Type << A.Holder << A.Loc;
  });
  writeTable(Out, TagAliases, Unit.Aliases,
             [](Section &S, const Alias &A) { S << A.Name << A.Target << A.Flags; });
  writeTable(Out, TagCasts, Unit.Casts,
             [](Section &S, const Cast &C) { S << C.From << C.Flags << C.To << C.Loc; });
  writeTable(Out, TagAnnotations, Unit.Annotations,
             [](Section &S, const Annotation &A) { S << A.Target << A.Text; });
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

#include "facts/Decode.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/JSON.h"

using namespace llvm;

namespace weir::facts {
namespace {

constexpr StringLiteral Rebuild = "; build the object or the facts file again";

/// `what at offset N[; what to do]`, with N counted in the bytes scanned.
Error broken(uint64_t Offset, const Twine &What, StringRef Remedy = Rebuild) {
  return createStringError((What + " at offset " + Twine(Offset) + Remedy));
}

Error checkHeader(StringRef Header, uint64_t Offset) {
  if (Header.take_front(Magic.size()) != Magic.take_front(Header.size()))
    return broken(Offset, "not a facts blob: its first bytes are not 'weirfact'",
                  "; something else was put into the section or file");
  if (Header.size() < HeaderSize)
    return broken(Offset, "facts blob is truncated in its header");
  const char *H = Header.data();
  uint16_t Seen = support::endian::read16le(H + OffVersion);
  if (Seen != Version)
    return broken(
        Offset, "facts have version " + Twine(Seen) + ", this tool reads version " + Twine(Version),
        "; use the weir that wrote them, or build again with this one");
  if (static_cast<uint8_t>(H[OffCodec]) > static_cast<uint8_t>(Codec::Zlib))
    return broken(Offset, "facts blob has unknown codec " + Twine(unsigned(uint8_t(H[OffCodec]))));
  if (static_cast<uint8_t>(H[OffKind]) > static_cast<uint8_t>(UnitKind::LibraryMember))
    return broken(Offset, "facts blob has unknown kind " + Twine(unsigned(uint8_t(H[OffKind]))));
  if (support::endian::read32le(H + OffReserved) != 0)
    return broken(Offset, "facts blob has reserved bytes that are not 0");
  return Error::success();
}

Blob headerFields(StringRef Header, uint64_t Offset) {
  const char *H = Header.data();
  Blob B;
  B.Offset = Offset;
  B.Packing = static_cast<Codec>(H[OffCodec]);
  B.Kind = static_cast<UnitKind>(H[OffKind]);
  B.RawSize = support::endian::read32le(H + OffRawSize);
  B.ContentHash = support::endian::read64le(H + OffContentHash);
  B.UnitId = support::endian::read64le(H + OffUnitId);
  return B;
}

/// Reads a decoded payload. The first error stays; reading on after it yields zeros.
class Cursor {
public:
  Cursor(const Blob &B, StringRef Bytes) : Of(B), Bytes(Bytes) {}

  bool ok() const { return Message.empty(); }
  bool atEnd() const { return Position == Bytes.size(); }
  size_t left() const { return Bytes.size() - Position; }

  void fail(const Twine &What) {
    if (ok())
      Message = (What + ", byte " + Twine(Position) + " of the payload of the facts blob").str();
    Position = Bytes.size();
  }
  Error takeError() { return ok() ? Error::success() : broken(Of.Offset, Message); }

  uint8_t byte() {
    if (atEnd()) {
      fail("payload ends early");
      return 0;
    }
    return static_cast<uint8_t>(Bytes[Position++]);
  }

  uint64_t uleb() {
    uint64_t Value = 0;
    for (unsigned Shift = 0; Shift < 70; Shift += 7) {
      uint8_t Byte = byte();
      uint64_t Bits = Byte & 0x7f;
      if (Shift == 63 && Bits > 1)
        break;
      Value |= Bits << Shift;
      if (Byte < 0x80)
        return Value;
    }
    fail("number is longer than 64 bits");
    return 0;
  }

  uint32_t number() {
    uint64_t Value = uleb();
    if (Value > UINT32_MAX)
      fail("number " + Twine(Value) + " is larger than 32 bits");
    return static_cast<uint32_t>(Value);
  }

  /// An index below Limit, or 0 with an error.
  uint32_t index(size_t Limit, const char *Into) {
    uint64_t Value = uleb();
    if (Value < Limit)
      return static_cast<uint32_t>(Value);
    fail("index " + Twine(Value) + " is out of range of the " + Twine(Limit) + " " + Into);
    return 0;
  }

  StringRef take(uint64_t Size) {
    if (Size > left()) {
      fail("payload ends early: " + Twine(Size) + " bytes announced, " + Twine(left()) + " left");
      return {};
    }
    StringRef Taken = Bytes.substr(Position, Size);
    Position += Size;
    return Taken;
  }

  /// How many entries a table has. One takes at least MinSize bytes, so that a count that the
  /// section cannot hold is refused before memory is taken for it.
  size_t count(size_t MinSize) {
    uint64_t Count = uleb();
    if (Count <= left() / MinSize)
      return Count;
    fail("table of " + Twine(Count) + " entries does not fit its section");
    return 0;
  }

private:
  const Blob &Of;
  StringRef Bytes;
  size_t Position = 0;
  std::string Message;
};

/// Fills a UnitFacts from the sections of one payload.
class PayloadReader {
public:
  PayloadReader(const Blob &B, UnitFacts &Unit) : Of(B), Unit(Unit) {}

  Error read(StringRef Payload) {
    Cursor In(Of, Payload);
    int LastTag = 0;
    while (!In.atEnd()) {
      uint8_t Which = In.byte();
      StringRef Body = In.take(In.uleb());
      if (In.ok() && Which <= LastTag)
        In.fail("section tag " + Twine(unsigned(Which)) + " is repeated or out of order");
      LastTag = Which;
      if (In.ok())
        if (Error E = readSection(Which, Body))
          return E;
    }
    if (Error E = In.takeError())
      return E;
    if (!(Seen[TagStrings] && Seen[TagUnit] && Seen[TagFunctions]))
      return broken(Of.Offset, "facts blob lacks its STRINGS, UNIT or FUNCTIONS section");
    return Error::success();
  }

private:
  Error readSection(uint8_t Which, StringRef Body) {
    Cursor In(Of, Body);
    switch (Which) {
    case TagStrings:
      strings(In);
      break;
    case TagUnit:
      unit(In);
      break;
    case TagFunctions:
      functions(In);
      break;
    case TagCalls:
      calls(In);
      break;
    case TagSites:
      sites(In);
      break;
    case TagAddresses:
      addresses(In);
      break;
    case TagAliases:
      aliases(In);
      break;
    case TagCasts:
      casts(In);
      break;
    case TagAnnotations:
      annotations(In);
      break;
    default:
      if (Which >= FirstOptionalTag)
        return Error::success();
      return broken(Of.Offset, "facts blob has unknown section tag " + Twine(unsigned(Which)),
                    "; a newer weir wrote it: use that one, or build again with this one");
    }
    Seen[Which] = true;
    if (In.ok() && !In.atEnd())
      In.fail("section with tag " + Twine(unsigned(Which)) + " has bytes left over");
    return In.takeError();
  }

  Str str(Cursor &In) { return In.index(Unit.Strings.size(), "strings"); }
  uint32_t function(Cursor &In) { return In.index(Unit.Functions.size(), "functions"); }
  Location location(Cursor &In) {
    Location L;
    L.File = str(In);
    L.Line = In.number();
    L.Column = In.number();
    return L;
  }

  void strings(Cursor &In) {
    size_t Count = In.count(1);
    Unit.Strings.reserve(Count);
    for (size_t I = 0; I < Count && In.ok(); ++I) {
      StringRef S = In.take(In.uleb());
      if (I == 0 ? !S.empty() : S.contains('\0') || !json::isUTF8(S))
        In.fail("string " + Twine(I) + (I == 0 ? " is not empty" : " is not UTF-8 without NUL"));
      if (I != 0)
        Unit.Strings.append(S);
    }
    if (Count == 0)
      In.fail("string table lacks its empty string");
  }

  void unit(Cursor &In) {
    Unit.Name = str(In);
    Unit.Producer = str(In);
    Unit.Triple = str(In);
    Unit.Scheme = str(In);
    StringRef Scheme = Unit.Strings[Unit.Scheme];
    if (Scheme != "generalized" && Scheme != "kcfi" && Scheme != "none")
      In.fail("unknown type scheme '" + Scheme + "'");
    if (In.ok() && unitId(Unit.Strings[Unit.Name], Unit.Strings[Unit.Triple]) != Of.UnitId)
      In.fail("unit id does not match the unit's name and triple");
  }

  /// Reads a table whose entries take at least MinSize bytes each.
  template <typename Entry, typename Reader>
  void table(Cursor &In, std::vector<Entry> &Into, size_t MinSize, Reader ReadEntry) {
    size_t Count = In.count(MinSize);
    Into.reserve(Count);
    for (size_t I = 0; I < Count && In.ok(); ++I)
      ReadEntry(Into.emplace_back());
  }

  void functions(Cursor &In) {
    table(In, Unit.Functions, 6, [&](Function &F) {
      F.Name = str(In);
      F.Flags = In.number();
      F.Type = str(In);
      F.Loc = location(In);
      if (F.Name == 0)
        In.fail("function has no name");
    });
  }

  void calls(Cursor &In) {
    table(In, Unit.Calls, 6, [&](Call &C) {
      C.Caller = function(In);
      C.Callee = function(In);
      C.Flags = In.number();
      C.Loc = location(In);
    });
  }

  void sites(Cursor &In) {
    table(In, Unit.Sites, 6, [&](Site &S) {
      S.Caller = function(In);
      S.Flags = In.number();
      S.Type = str(In);
      S.Loc = location(In);
    });
  }

  void addresses(Cursor &In) {
    table(In, Unit.Addresses, 7, [&](Address &A) {
      A.Target = function(In);
      A.Flags = In.number();
      A.Type = str(In);
      A.Holder = str(In);
      A.Loc = location(In);
    });
  }

  void aliases(Cursor &In) {
    table(In, Unit.Aliases, 3, [&](Alias &A) {
      A.Name = function(In);
      A.Target = function(In);
      A.Flags = In.number();
    });
  }

  void casts(Cursor &In) {
    table(In, Unit.Casts, 6, [&](Cast &C) {
      C.From = str(In);
      C.Flags = In.number();
      C.To = str(In);
      C.Loc = location(In);
      if (C.From == 0)
        In.fail("cast has no type to cast from");
    });
  }

  void annotations(Cursor &In) {
    table(In, Unit.Annotations, 2, [&](Annotation &A) {
      A.Target = function(In);
      A.Text = str(In);
    });
  }

  const Blob &Of;
  UnitFacts &Unit;
  bool Seen[256] = {};
};

/// zlib cannot shrink by more than about 1030 to 1; a header that claims more is not believed, so
/// that a few bytes cannot ask for gigabytes.
constexpr uint64_t MaxZlibRatio = 1040;

Error unpack(const Blob &B, SmallVectorImpl<uint8_t> &Payload) {
  ArrayRef<uint8_t> Stored = arrayRefFromStringRef(B.Stored);
  if (B.Packing == Codec::Stored) {
    if (B.RawSize != Stored.size())
      return broken(B.Offset, "facts blob has two sizes: " + Twine(Stored.size()) + " stored, " +
                                  Twine(B.RawSize) + " raw");
    Payload.assign(Stored.begin(), Stored.end());
    return Error::success();
  }
  if (!compression::zlib::isAvailable())
    return broken(B.Offset, "facts blob is compressed with zlib, which this LLVM was built without",
                  "; use an LLVM that has it");
  if (B.RawSize > MaxZlibRatio * (Stored.size() + 1))
    return broken(B.Offset, "facts blob claims to unpack to " + Twine(B.RawSize) +
                                " bytes, more than zlib can");
  if (Error E = compression::zlib::decompress(Stored, Payload, B.RawSize))
    return broken(B.Offset, "facts blob does not unpack: " + toString(std::move(E)));
  if (Payload.size() != B.RawSize)
    return broken(B.Offset, "facts blob unpacks to " + Twine(Payload.size()) +
                                " bytes, its header says " + Twine(B.RawSize));
  return Error::success();
}

} // namespace

Expected<std::vector<Blob>> scan(StringRef Bytes) {
  std::vector<Blob> Blobs;
  for (size_t Offset = Bytes.find_first_not_of('\0'); Offset < Bytes.size();
       Offset = Bytes.find_first_not_of('\0', Offset)) {
    StringRef Rest = Bytes.substr(Offset);
    if (Error E = checkHeader(Rest, Offset))
      return E;
    Blob B = headerFields(Rest, Offset);
    uint32_t StoredSize = support::endian::read32le(Rest.data() + OffStoredSize);
    if (StoredSize > Rest.size() - HeaderSize)
      return broken(Offset, "facts blob is truncated: " + Twine(StoredSize) + " bytes announced, " +
                                Twine(Rest.size() - HeaderSize) + " left");
    B.Stored = Rest.substr(HeaderSize, StoredSize);
    Blobs.push_back(B);
    Offset += HeaderSize + StoredSize;
  }
  return Blobs;
}

Expected<UnitFacts> decode(const Blob &B) {
  SmallVector<uint8_t, 0> Bytes;
  if (Error E = unpack(B, Bytes))
    return E;
  UnitFacts Unit;
  Unit.Kind = B.Kind;
  StringRef Payload = Unit.Strings.adopt(std::move(Bytes));
  if (contentHash(Payload) != B.ContentHash)
    return broken(B.Offset, "facts blob is damaged: its content hash does not match");
  if (Error E = PayloadReader(B, Unit).read(Payload))
    return E;
  return Unit;
}

} // namespace weir::facts

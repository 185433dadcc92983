#include "facts/Decode.h"

#include "facts/Cursor.h"
#include "facts/Deflate.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/JSON.h"

#include <functional>

using namespace llvm;

namespace weir::facts {
namespace {

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
  if (static_cast<uint8_t>(H[OffCodec]) > static_cast<uint8_t>(Codec::Deflate))
    return broken(Offset, "facts blob has unknown codec " + Twine(unsigned(uint8_t(H[OffCodec]))));
  if (static_cast<uint8_t>(H[OffKind]) > static_cast<uint8_t>(UnitKind::LibraryMember))
    return broken(Offset, "facts blob has unknown kind " + Twine(unsigned(uint8_t(H[OffKind]))));
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

/// Whether S is ASCII without NUL, as nearly every string is; eight bytes at a time.
bool isPlain(StringRef S) {
  constexpr uint64_t Low = 0x0101010101010101, High = 0x8080808080808080;
  for (; S.size() >= sizeof(uint64_t); S = S.drop_front(sizeof(uint64_t))) {
    const uint64_t Word = support::endian::read64le(S.data());
    if ((Word | (Word - Low)) & High)
      return false;
  }
  return all_of(S, [](char C) { return static_cast<signed char>(C) > 0; });
}

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
    case TagRetypes:
      retypes(In);
      break;
    case TagStores:
      stores(In);
      break;
    case TagSources:
      sources(In);
      break;
    case TagVirtualCalls:
      virtualCalls(In);
      break;
    case TagOverrides:
      overrides(In);
      break;
    case TagInstances:
      instances(In);
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
  void strings(Cursor &In) {
    const size_t Count = In.count(1);
    Unit.Strings.reserve(Count + 1, In.left());
    for (size_t I = 0; I < Count && In.ok(); ++I) {
      StringRef S = In.text();
      if (S.empty() || (!isPlain(S) && !json::isUTF8(S)))
        In.fail("string " + Twine(I + 1) + (S.empty() ? " is empty" : " is not UTF-8"));
      else if (S.consume_front(StringRef(&TypeMark, 1)))
        Unit.Strings.appendCopy(TypeBegin + S + TypeEnd);
      else
        Unit.Strings.append(S.front() == EscapeMark ? S.drop_front() : S);
    }
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

  /// What the numbers of a column may be.
  struct Range {
    uint64_t Limit;
    const char *Into;
  };
  static constexpr Range Numbers{uint64_t(UINT32_MAX) + 1, "numbers"};
  Range strings() const { return {Unit.Strings.size(), "strings"}; }
  Range functions() const { return {Unit.Functions.size(), "functions"}; }
  Range sites() const { return {Unit.Sites.size(), "sites"}; }

  /// Makes the entries of a table, to be filled column by column. Each column takes at least a byte
  /// an entry, so that a count that the section cannot hold is refused.
  template <typename Entry> void entries(Cursor &In, std::vector<Entry> &Table, size_t Columns) {
    Table.resize(In.count(Columns));
  }

  template <typename Entry, typename Member>
  void column(Cursor &In, std::vector<Entry> &Table, Member Of, Range Allowed) {
    In.column(Table.size(), Allowed.Limit, Allowed.Into,
              [&](size_t I, uint32_t Value) { Of(Table[I]) = Value; });
  }
  template <typename Entry>
  void column(Cursor &In, std::vector<Entry> &Table, uint32_t Entry::*Field, Range Allowed) {
    column(In, Table, std::mem_fn(Field), Allowed);
  }
  template <typename Entry> void places(Cursor &In, std::vector<Entry> &Table) {
    column(In, Table, [](Entry &E) -> uint32_t & { return E.Loc.File; }, strings());
    column(In, Table, [](Entry &E) -> uint32_t & { return E.Loc.Line; }, Numbers);
    column(In, Table, [](Entry &E) -> uint32_t & { return E.Loc.Column; }, Numbers);
  }

  void functions(Cursor &In) {
    entries(In, Unit.Functions, 6);
    column(In, Unit.Functions, &Function::Name, strings());
    column(In, Unit.Functions, &Function::Flags, Numbers);
    column(In, Unit.Functions, &Function::Type, strings());
    places(In, Unit.Functions);
    if (any_of(Unit.Functions, [](const Function &F) { return F.Name == 0; }))
      In.fail("function has no name");
  }

  void calls(Cursor &In) {
    entries(In, Unit.Calls, 6);
    column(In, Unit.Calls, &Call::Caller, functions());
    column(In, Unit.Calls, &Call::Callee, functions());
    column(In, Unit.Calls, &Call::Flags, Numbers);
    places(In, Unit.Calls);
  }

  void sites(Cursor &In) {
    entries(In, Unit.Sites, 6);
    column(In, Unit.Sites, &Site::Caller, functions());
    column(In, Unit.Sites, &Site::Flags, Numbers);
    column(In, Unit.Sites, &Site::Type, strings());
    places(In, Unit.Sites);
  }

  void addresses(Cursor &In) {
    entries(In, Unit.Addresses, 7);
    column(In, Unit.Addresses, &Address::Target, functions());
    column(In, Unit.Addresses, &Address::Flags, Numbers);
    column(In, Unit.Addresses, &Address::Type, strings());
    column(In, Unit.Addresses, &Address::Holder, strings());
    places(In, Unit.Addresses);
  }

  void aliases(Cursor &In) {
    entries(In, Unit.Aliases, 3);
    column(In, Unit.Aliases, &Alias::Name, functions());
    column(In, Unit.Aliases, &Alias::Target, functions());
    column(In, Unit.Aliases, &Alias::Flags, Numbers);
  }

  void casts(Cursor &In) {
    entries(In, Unit.Casts, 6);
    column(In, Unit.Casts, &Cast::From, strings());
    column(In, Unit.Casts, &Cast::Flags, Numbers);
    column(In, Unit.Casts, &Cast::To, strings());
    places(In, Unit.Casts);
    if (any_of(Unit.Casts, [](const Cast &C) { return C.From == 0 && C.To == 0; }))
      In.fail("cast has neither type");
  }

  void retypes(Cursor &In) {
    entries(In, Unit.Retypes, 5);
    column(In, Unit.Retypes, &Retype::Type, strings());
    column(In, Unit.Retypes, &Retype::Flags, Numbers);
    places(In, Unit.Retypes);
  }

  void stores(Cursor &In) {
    entries(In, Unit.Stores, 7);
    column(In, Unit.Stores, &Store::Variable, strings());
    column(In, Unit.Stores, &Store::Flags, Numbers);
    column(In, Unit.Stores, &Store::Function, Range{Unit.Functions.size() + 1, "functions"});
    column(In, Unit.Stores, &Store::From, strings());
    places(In, Unit.Stores);
  }

  void sources(Cursor &In) {
    entries(In, Unit.Sources, 2);
    column(In, Unit.Sources, &Source::Site, sites());
    column(In, Unit.Sources, &Source::Variable, strings());
  }

  void virtualCalls(Cursor &In) {
    entries(In, Unit.VirtualCalls, 2);
    column(In, Unit.VirtualCalls, &VirtualCall::Site, sites());
    column(In, Unit.VirtualCalls, &VirtualCall::Method, strings());
  }

  void overrides(Cursor &In) {
    entries(In, Unit.Overrides, 2);
    column(In, Unit.Overrides, &Override::Method, strings());
    column(In, Unit.Overrides, &Override::Overridden, strings());
  }

  void instances(Cursor &In) {
    entries(In, Unit.Instances, 2);
    column(In, Unit.Instances, &Instance::Function, Range{Unit.Functions.size() + 1, "functions"});
    column(In, Unit.Instances, &Instance::Table, strings());
  }

  void annotations(Cursor &In) {
    entries(In, Unit.Annotations, 2);
    column(In, Unit.Annotations, &Annotation::Target, functions());
    column(In, Unit.Annotations, &Annotation::Text, strings());
  }

  const Blob &Of;
  UnitFacts &Unit;
  bool Seen[256] = {};
};

/// The payload of a blob: its bytes as they are stored, or unpacked into Scratch. A header that
/// claims more than can be is not believed, so that a few bytes cannot ask for gigabytes.
Expected<StringRef> unpack(const Blob &B, SmallVectorImpl<uint8_t> &Scratch) {
  if (B.Packing == Codec::Stored) {
    if (B.RawSize != B.Stored.size())
      return broken(B.Offset, "facts blob has two sizes: " + Twine(B.Stored.size()) + " stored, " +
                                  Twine(B.RawSize) + " raw");
    return B.Stored;
  }
  if (B.RawSize > MaxDeflateRatio * (B.Stored.size() + 1))
    return broken(B.Offset, "facts blob claims to unpack to " + Twine(B.RawSize) +
                                " bytes, more than is possible");
  Scratch.resize_for_overwrite(B.RawSize);
  if (!inflate(B.Stored, Scratch))
    return broken(B.Offset, "facts blob does not unpack to the " + Twine(B.RawSize) +
                                " bytes that its header says");
  return toStringRef(Scratch);
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
  // What is unpacked goes where the unit before was, which is near and asks for no memory. Only the
  // strings stay; the rest is in the tables.
  static thread_local SmallVector<uint8_t, 0> Scratch;
  Expected<StringRef> Payload = unpack(B, Scratch);
  if (!Payload)
    return Payload.takeError();
  if (contentHash(*Payload) != B.ContentHash)
    return broken(B.Offset, "facts blob is damaged: its content hash does not match");
  UnitFacts Unit;
  Unit.Kind = B.Kind;
  if (Error E = PayloadReader(B, Unit).read(*Payload))
    return E;
  return Unit;
}

} // namespace weir::facts

#include "facts/Encode.h"

#include "facts/Deflate.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
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

/// The strings in the order in which they are written: names of functions as their rows come, so
/// that the column of names is no more than a count; then types; then the rest as it is.
class StringOrder {
public:
  explicit StringOrder(const UnitFacts &Unit) : Numbers(Unit.Strings.size()) {
    for (const Function &F : Unit.Functions)
      add(F.Name);
    for (const Function &F : Unit.Functions)
      add(F.Type);
    for (const Site &S : Unit.Sites)
      add(S.Type);
    for (const Address &A : Unit.Addresses)
      add(A.Type);
    for (Str S = 0; S < Numbers.size(); ++S)
      add(S);
  }

  /// The number that a string of the unit is written as.
  Str operator[](Str S) const { return Numbers[S]; }
  /// All but the empty string.
  ArrayRef<Str> inOrder() const { return Order; }

private:
  void add(Str S) {
    if (S == 0 || Numbers[S] != 0)
      return;
    Order.push_back(S);
    Numbers[S] = Order.size();
  }

  std::vector<Str> Numbers;
  std::vector<Str> Order;
};

/// A number that is small when \p Value is near \p Before, on either side of it.
uint64_t difference(uint32_t Value, uint32_t Before) {
  const int64_t Step = static_cast<int64_t>(Value) - Before;
  return Step < 0 ? static_cast<uint64_t>(-Step) * 2 - 1 : static_cast<uint64_t>(Step) * 2;
}

/// Writes the sections of one payload.
class PayloadWriter {
public:
  explicit PayloadWriter(const UnitFacts &Unit) : Unit(Unit), Order(Unit) {}

  void write();

  StringRef bytes() const { return Payload; }
  /// Where one column ends and the next begins.
  ArrayRef<size_t> columnEnds() const { return Ends; }

private:
  template <typename Entry> auto string(Str Entry::*Field) const {
    return [this, Field](const Entry &E) { return Order[E.*Field]; };
  }

  /// A section whose size is known once it is written.
  template <typename Writer> void section(Tag Which, Writer WriteBody) {
    const size_t Start = Payload.size();
    SmallVector<size_t, 8> Columns;
    SmallString<0> Body;
    raw_svector_ostream Out(Body);
    WriteBody(Out, Columns);
    raw_svector_ostream To(Payload);
    To << static_cast<char>(Which);
    encodeULEB128(Body.size(), To);
    const size_t Head = Payload.size() - Start;
    To << Body;
    for (size_t End : Columns)
      Ends.push_back(Start + Head + End);
  }

  void strings();
  void unit();

  /// A table, column by column: neighbours in a column are alike, which is what compression lives
  /// on. An empty one that is not required leaves no trace.
  template <typename Entry, typename... Columns>
  void table(Tag Which, const std::vector<Entry> &Table, Columns... Of) {
    if (Table.empty() && Which != TagFunctions)
      return;
    section(Which, [&](raw_ostream &Out, SmallVectorImpl<size_t> &ColumnEnds) {
      encodeULEB128(Table.size(), Out);
      const auto WriteColumn = [&](auto Column) {
        uint32_t Before = 0;
        for (const Entry &E : Table) {
          const uint32_t Value = Column(E);
          encodeULEB128(difference(Value, Before), Out);
          Before = Value;
        }
        ColumnEnds.push_back(Out.tell());
      };
      (WriteColumn(Of), ...);
    });
  }

  /// A table whose entries end in a place.
  template <typename Entry, typename... Columns>
  void placed(Tag Which, const std::vector<Entry> &Table, Columns... Of) {
    table(
        Which, Table, Of..., [this](const Entry &E) { return Order[E.Loc.File]; },
        [](const Entry &E) { return E.Loc.Line; }, [](const Entry &E) { return E.Loc.Column; });
  }

  const UnitFacts &Unit;
  const StringOrder Order;
  SmallString<0> Payload;
  std::vector<size_t> Ends;
};

void PayloadWriter::strings() {
  section(TagStrings, [&](raw_ostream &Out, SmallVectorImpl<size_t> &Columns) {
    encodeULEB128(Order.inOrder().size(), Out);
    for (Str S : Order.inOrder()) {
      StringRef Text = Unit.Strings[S];
      if (Text.starts_with(TypeBegin) && Text.ends_with(TypeEnd))
        Out << TypeMark << Text.drop_front(TypeBegin.size()).drop_back(TypeEnd.size());
      else if (Text.front() == TypeMark || Text.front() == EscapeMark)
        Out << EscapeMark << Text;
      else
        Out << Text;
      Out << '\0';
    }
    Columns.push_back(Out.tell());
  });
}

void PayloadWriter::unit() {
  section(TagUnit, [&](raw_ostream &Out, SmallVectorImpl<size_t> &) {
    for (Str S : {Unit.Name, Unit.Producer, Unit.Triple, Unit.Scheme})
      encodeULEB128(Order[S], Out);
  });
}

void PayloadWriter::write() {
  strings();
  unit();
  placed(TagFunctions, Unit.Functions, string(&Function::Name), std::mem_fn(&Function::Flags),
         string(&Function::Type));
  placed(TagCalls, Unit.Calls, std::mem_fn(&Call::Caller), std::mem_fn(&Call::Callee),
         std::mem_fn(&Call::Flags));
  placed(TagSites, Unit.Sites, std::mem_fn(&Site::Caller), std::mem_fn(&Site::Flags),
         string(&Site::Type));
  placed(TagAddresses, Unit.Addresses, std::mem_fn(&Address::Target), std::mem_fn(&Address::Flags),
         string(&Address::Type), string(&Address::Holder));
  table(TagAliases, Unit.Aliases, std::mem_fn(&Alias::Name), std::mem_fn(&Alias::Target),
        std::mem_fn(&Alias::Flags));
  placed(TagCasts, Unit.Casts, string(&Cast::From), std::mem_fn(&Cast::Flags), string(&Cast::To));
  placed(TagRetypes, Unit.Retypes, string(&Retype::Type), std::mem_fn(&Retype::Flags));
  placed(TagStores, Unit.Stores, string(&Store::Variable), std::mem_fn(&Store::Flags),
         std::mem_fn(&Store::Function), string(&Store::From));
  table(TagSources, Unit.Sources, std::mem_fn(&Source::Site), string(&Source::Variable));
  table(TagVirtualCalls, Unit.VirtualCalls, std::mem_fn(&VirtualCall::Site),
        string(&VirtualCall::Method));
  table(TagOverrides, Unit.Overrides, string(&Override::Method), string(&Override::Overridden));
  table(TagInstances, Unit.Instances, std::mem_fn(&Instance::Function), string(&Instance::Table));
  table(TagAnnotations, Unit.Annotations, std::mem_fn(&Annotation::Target),
        string(&Annotation::Text));
}

} // namespace

SmallVector<char, 0> encode(const UnitFacts &Unit, Codec Wanted) {
  PayloadWriter Writer(Unit);
  Writer.write();
  const StringRef Payload = Writer.bytes();
  const SmallVector<char, 0> Packed =
      Wanted == Codec::Deflate ? deflate(Payload, Writer.columnEnds()) : SmallVector<char, 0>();
  const bool UsePacked = Wanted == Codec::Deflate && Packed.size() < Payload.size();
  const StringRef Stored = UsePacked ? StringRef(Packed.data(), Packed.size()) : Payload;

  SmallVector<char, 0> Blob(HeaderSize);
  copy(Magic, Blob.begin());
  char *Header = Blob.data();
  support::endian::write16le(Header + OffVersion, Version);
  Header[OffCodec] = static_cast<char>(UsePacked ? Codec::Deflate : Codec::Stored);
  Header[OffKind] = static_cast<char>(Unit.Kind);
  support::endian::write32le(Header + OffStoredSize, Stored.size());
  support::endian::write32le(Header + OffRawSize, Payload.size());
  support::endian::write64le(Header + OffContentHash, contentHash(Payload));
  support::endian::write64le(Header + OffUnitId,
                             unitId(Unit.Strings[Unit.Name], Unit.Strings[Unit.Triple]));
  Blob.append(Stored.begin(), Stored.end());
  return Blob;
}

} // namespace weir::facts

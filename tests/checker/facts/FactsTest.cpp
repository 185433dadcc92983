// The writer and the reader of facts against each other, and the reader against damage.

#include "facts/Decode.h"
#include "facts/Dump.h"
#include "facts/Encode.h"

#include <gtest/gtest.h>

#include <random>

using namespace llvm;
using namespace weir::facts;

namespace {

StringRef bytes(const SmallVector<char, 0> &Blob) { return {Blob.data(), Blob.size()}; }

/// A unit with an entry in every table.
UnitFacts sample() {
  UnitFacts U;
  StringTable &S = U.Strings;
  U.Name = S.intern("src/a.c");
  U.Producer = S.intern("test");
  U.Triple = S.intern("thumbv7m-none-eabi");
  U.Scheme = S.intern("generalized");
  Str Type = S.intern("_ZTSFvvE.generalized");
  Location At{S.intern("src/a.c"), 300, 7};
  U.Functions = {{S.intern("main"), FnDefined, Type, At}, {S.intern("malloc"), 0, 0, {}}};
  U.Calls = {{0, 1, CallTail, At}};
  U.Sites = {{0, SiteVirtual, Type, At}};
  U.Addresses = {{1, AddressInInitializer, Type, S.intern("hooks"), At}};
  U.Aliases = {{0, 1, AliasIfunc}};
  U.Casts = {{Type, CastToNoPrototype, S.intern("_ZTSFvE.generalized"), At}, {Type, 0, 0, {}}};
  U.Retypes = {{Type, RetypeUnion | RetypeFetched, At}};
  Str Field = S.intern("hooks.get");
  U.Stores = {{Field, StoreInInitializer, 2, 0, At},
              {Field, 0, 0, S.intern("global"), At},
              {Field, StoreUnknown | StoreEscape, 0, 0, {}}};
  U.Sources = {{0, Field}};
  U.VirtualCalls = {{0, S.intern("_ZN1A1fEv")}};
  U.Overrides = {{S.intern("_ZN1B1fEv"), S.intern("_ZN1A1fEv")}};
  U.Instances = {{2, S.intern("_ZTV1B")}};
  U.Annotations = {{0, S.intern("note")}};
  return U;
}

std::string listing(StringRef Bytes) {
  Expected<std::vector<Blob>> Blobs = scan(Bytes);
  if (!Blobs)
    return toString(Blobs.takeError());
  std::string Text;
  raw_string_ostream Out(Text);
  for (const Blob &B : *Blobs) {
    Expected<UnitFacts> Unit = decode(B);
    if (!Unit)
      return toString(Unit.takeError());
    dump(B, *Unit, Out);
  }
  return Text;
}

TEST(Facts, WhatIsWrittenIsRead) {
  for (Codec Packing : {Codec::Stored, Codec::Deflate}) {
    std::string Text = listing(bytes(encode(sample(), Packing)));
    EXPECT_EQ(StringRef(Text).split('\n').second,
              "  function main _ZTSFvvE.generalized defined src/a.c:300:7\n"
              "  function malloc - - -:0:0\n"
              "  call main malloc tail src/a.c:300:7\n"
              "  site main _ZTSFvvE.generalized virtual src/a.c:300:7\n"
              "  address malloc _ZTSFvvE.generalized hooks initializer src/a.c:300:7\n"
              "  alias main malloc ifunc\n"
              "  cast _ZTSFvvE.generalized _ZTSFvE.generalized to-no-prototype src/a.c:300:7\n"
              "  cast _ZTSFvvE.generalized - - -:0:0\n"
              "  retype _ZTSFvvE.generalized union,fetched src/a.c:300:7\n"
              "  store hooks.get malloc initializer src/a.c:300:7\n"
              "  store hooks.get global - src/a.c:300:7\n"
              "  store hooks.get - unknown,escape -:0:0\n"
              "  source main src/a.c:300:7 hooks.get\n"
              "  virtual main src/a.c:300:7 _ZN1A1fEv\n"
              "  override _ZN1B1fEv _ZN1A1fEv\n"
              "  instance malloc _ZTV1B\n"
              "  annotation main note\n");
  }
}

/// Also those that begin like what the format marks, and those that only look like a type.
/// Columns are read eight entries at a time where neighbours are alike.
TEST(Facts, RunsOfEqualNumbersAreReadAsWritten) {
  std::mt19937 Random(3);
  for (int Round = 0; Round < 200; ++Round) {
    UnitFacts Unit = sample();
    Unit.Calls.clear();
    uint32_t Line = 0, Flags = 0;
    for (size_t Left = Random() % 60; Left > 0; --Left) {
      if (Random() % 12 == 0)
        Line = Random() % 3 ? Random() % 200 : static_cast<uint32_t>(Random());
      if (Random() % 20 == 0)
        Flags = Random() % 4;
      Unit.Calls.push_back({0, 1, Flags, {Unit.Name, Line, 1}});
    }
    const SmallVector<char, 0> Bytes = encode(Unit, Codec::Stored);
    const std::vector<Blob> Blobs = cantFail(scan(bytes(Bytes)));
    const UnitFacts Read = cantFail(decode(Blobs.front()));
    ASSERT_EQ(Read.Calls.size(), Unit.Calls.size());
    for (size_t I = 0; I < Read.Calls.size(); ++I) {
      ASSERT_EQ(Read.Calls[I].Loc.Line, Unit.Calls[I].Loc.Line);
      ASSERT_EQ(Read.Calls[I].Flags, Unit.Calls[I].Flags);
    }
  }
}

/// Eight differences of 0 say that eight entries are the first of a table. There must be one.
TEST(Facts, ARunThatPointsIntoAnEmptyTableIsAnError) {
  UnitFacts Unit = sample();
  Unit.Sources.assign(16, {0, Unit.Name});
  Unit.Sites.clear();
  Unit.VirtualCalls.clear();
  const SmallVector<char, 0> Bytes = encode(Unit, Codec::Stored);
  EXPECT_NE(listing(bytes(Bytes)).find("index 0 is out of range of the 0 sites"),
            std::string::npos);
}

TEST(Facts, StringsOfEveryKindAreReadAsWritten) {
  const std::vector<std::string> Texts = {
      "\1",       "\1x",          "\2",   "\2\1y",   "_ZTS.generalized",
      "_ZTSFvvE", ".generalized", "_ZTS", "\xc3\xa9"};
  UnitFacts U = sample();
  for (const std::string &Text : Texts)
    U.Annotations.push_back({0, U.Strings.intern(Text)});
  for (Codec Packing : {Codec::Stored, Codec::Deflate}) {
    const SmallVector<char, 0> Written = encode(U, Packing);
    Expected<std::vector<Blob>> Blobs = scan(bytes(Written));
    ASSERT_TRUE(static_cast<bool>(Blobs));
    Expected<UnitFacts> Read = decode(Blobs->front());
    ASSERT_TRUE(static_cast<bool>(Read));
    ASSERT_EQ(Read->Annotations.size(), Texts.size() + 1);
    for (size_t I = 0; I < Texts.size(); ++I)
      EXPECT_EQ(Read->Strings[Read->Annotations[I + 1].Text], Texts[I]);
  }
}

/// Streams that end early, late or not at all: never more than the bytes that were asked for.
TEST(Facts, ARandomStreamIsRestoredSafely) {
  const SmallVector<char, 0> Whole = encode(sample());
  std::mt19937 Random(2);
  Expected<std::vector<Blob>> Blobs = scan(bytes(Whole));
  ASSERT_TRUE(static_cast<bool>(Blobs));
  Blob B = Blobs->front();
  for (int Round = 0; Round < 20000; ++Round) {
    std::string Stream = B.Stored.str();
    for (int Change = 0; Change < 1 + Round % 3; ++Change)
      Stream[Random() % Stream.size()] = static_cast<char>(Random());
    if (Round % 2)
      Stream.resize(Random() % (2 * Stream.size()), static_cast<char>(Random()));
    Blob Wrong = B;
    Wrong.Stored = Stream;
    Wrong.RawSize = Random() % (4 * B.RawSize);
    Expected<UnitFacts> Unit = decode(Wrong);
    EXPECT_FALSE(static_cast<bool>(Unit) && Wrong.RawSize != B.RawSize);
    consumeError(Unit.takeError());
  }
}

TEST(Facts, TheSameFactsGiveTheSameBytes) {
  EXPECT_EQ(bytes(encode(sample())), bytes(encode(sample())));
}

TEST(Facts, BlobsLieBackToBackWithPadding) {
  SmallVector<char, 0> One = encode(sample());
  std::string Section(3, '\0');
  Section += bytes(One).str() + bytes(One).str() + std::string(5, '\0') + bytes(One).str();
  Section += std::string(9, '\0');
  Expected<std::vector<Blob>> Blobs = scan(Section);
  ASSERT_TRUE(static_cast<bool>(Blobs));
  ASSERT_EQ(Blobs->size(), 3u);
  EXPECT_EQ((*Blobs)[1].Offset, 3 + One.size());
  EXPECT_EQ((*Blobs)[2].Offset, 8 + 2 * One.size());
}

TEST(Facts, NothingIsNoBlob) {
  for (StringRef Empty : {StringRef(""), StringRef("\0\0\0", 3)}) {
    Expected<std::vector<Blob>> Blobs = scan(Empty);
    ASSERT_TRUE(static_cast<bool>(Blobs));
    EXPECT_TRUE(Blobs->empty());
  }
}

TEST(Facts, AUnitOutlivesTheBytesItWasReadFrom) {
  std::string Bytes = bytes(encode(sample())).str();
  Expected<std::vector<Blob>> Blobs = scan(Bytes);
  ASSERT_TRUE(static_cast<bool>(Blobs));
  Expected<UnitFacts> Unit = decode(Blobs->front());
  ASSERT_TRUE(static_cast<bool>(Unit));
  Bytes.assign(Bytes.size(), 'x');
  UnitFacts Moved = std::move(*Unit);
  EXPECT_EQ(Moved.Strings[Moved.Functions[0].Name], "main");
}

TEST(Facts, AStringIsKeptOnce) {
  StringTable Table;
  EXPECT_EQ(Table.intern(""), 0u);
  Str First = Table.intern(std::string("one"));
  EXPECT_EQ(Table.intern("one"), First);
  EXPECT_NE(Table.intern("two"), First);
  EXPECT_EQ(Table[First], "one");
}

TEST(Facts, EveryTruncationIsAnError) {
  for (Codec Packing : {Codec::Stored, Codec::Deflate}) {
    SmallVector<char, 0> Whole = encode(sample(), Packing);
    for (size_t Size = 1; Size < Whole.size(); ++Size)
      EXPECT_NE(listing(bytes(Whole).take_front(Size)).find(" at offset 0"), std::string::npos);
  }
}

/// The kind of a unit is the one byte that no check covers: any of its three values is right. A
/// deflate stream ends in bits that mean nothing: to turn one leaves the facts as they were.
TEST(Facts, EveryFlippedBitIsAnErrorOrChangesNothing) {
  for (Codec Packing : {Codec::Stored, Codec::Deflate}) {
    SmallVector<char, 0> Whole = encode(sample(), Packing);
    std::string Facts = listing(bytes(Whole));
    for (size_t Bit = 0; Bit < Whole.size() * 8; ++Bit) {
      SmallVector<char, 0> Flipped = Whole;
      Flipped[Bit / 8] ^= 1 << Bit % 8;
      std::string Seen = listing(bytes(Flipped));
      bool IsError = Seen.find("at offset ") != std::string::npos;
      EXPECT_TRUE(IsError || Seen == Facts || Bit / 8 == OffKind) << "bit " << Bit;
    }
  }
}

/// Payloads that are wrong under a right hash reach the reader of tables: it must refuse or read
/// each, and the indices of what it reads must be in range (the listing uses all of them).
TEST(Facts, ARandomPayloadIsReadSafely) {
  SmallVector<char, 0> Whole = encode(sample(), Codec::Stored);
  std::mt19937 Random(1);
  Expected<std::vector<Blob>> Blobs = scan(bytes(Whole));
  ASSERT_TRUE(static_cast<bool>(Blobs));
  Blob B = Blobs->front();
  for (int Round = 0; Round < 20000; ++Round) {
    std::string Payload = B.Stored.str();
    for (int Change = 0; Change < 1 + Round % 3; ++Change)
      Payload[Random() % Payload.size()] = static_cast<char>(Random());
    Blob Wrong = B;
    Wrong.Stored = Payload;
    Wrong.ContentHash = contentHash(Payload);
    Expected<UnitFacts> Unit = decode(Wrong);
    if (!Unit) {
      consumeError(Unit.takeError());
      continue;
    }
    std::string Text;
    raw_string_ostream Out(Text);
    dump(Wrong, *Unit, Out);
  }
}

} // namespace

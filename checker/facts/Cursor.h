// Reading the bytes of one payload.
#ifndef WEIR_FACTS_CURSOR_H
#define WEIR_FACTS_CURSOR_H

#include "facts/Decode.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

#include <cstring>

namespace weir::facts {

inline constexpr llvm::StringLiteral Rebuild = "; build the object or the facts file again";

/// `what at offset N[; what to do]`, with N counted in the bytes scanned.
inline llvm::Error broken(uint64_t Offset, const llvm::Twine &What,
                          llvm::StringRef Remedy = Rebuild) {
  return llvm::createStringError((What + " at offset " + llvm::Twine(Offset) + Remedy));
}

/// Reads a decoded payload. The first error stays; reading on after it yields zeros.
class Cursor {
public:
  Cursor(const Blob &B, llvm::StringRef Bytes) : Of(B), Bytes(Bytes) {}

  bool ok() const { return Message.empty(); }
  bool atEnd() const { return Position == Bytes.size(); }
  size_t left() const { return Bytes.size() - Position; }

  void fail(const llvm::Twine &What) {
    if (ok())
      Message =
          (What + ", byte " + llvm::Twine(Position) + " of the payload of the facts blob").str();
    Position = Bytes.size();
  }
  llvm::Error takeError() { return ok() ? llvm::Error::success() : broken(Of.Offset, Message); }

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

  /// An index below Limit, or 0 with an error.
  uint32_t index(size_t Limit, const char *Into) {
    uint64_t Value = uleb();
    if (Value < Limit)
      return static_cast<uint32_t>(Value);
    fail("index " + llvm::Twine(Value) + " is out of range of the " + llvm::Twine(Limit) + " " +
         Into);
    return 0;
  }

  llvm::StringRef take(uint64_t Size) {
    if (Size > left()) {
      fail("payload ends early: " + llvm::Twine(Size) + " bytes announced, " + llvm::Twine(left()) +
           " left");
      return {};
    }
    llvm::StringRef Taken = Bytes.substr(Position, Size);
    Position += Size;
    return Taken;
  }

  /// The bytes up to the next NUL, which is skipped.
  llvm::StringRef text() {
    const size_t End = Bytes.find('\0', Position);
    if (End == llvm::StringRef::npos) {
      fail("string does not end");
      return {};
    }
    const llvm::StringRef Found = Bytes.slice(Position, End);
    Position = End + 1;
    return Found;
  }

  /// A column of Count values, each handed to Sink: written as its difference to the one before (to
  /// 0 for the first), even numbers forward and odd ones back. All below Limit, or an error; after
  /// one Sink is not called any more.
  template <typename Receiver>
  void column(size_t Count, uint64_t Limit, const char *Into, Receiver Sink) {
    uint32_t Value = 0;
    size_t At = Position; // in a register: Sink's stores cannot change it
    for (size_t I = 0; I < Count; ++I) {
      while (Count - I >= 8 && areZero(At) && Value < Limit) {
        for (const size_t End = I + 8; I < End; ++I)
          Sink(I, Value);
        At += 8;
      }
      if (I == Count)
        break;
      uint64_t Coded = At < Bytes.size() ? static_cast<uint8_t>(Bytes[At]) : LongNumber;
      if (Coded < LongNumber) {
        ++At;
      } else {
        Position = At;
        Coded = uleb();
        At = Position;
      }
      const uint64_t Next = Value + ((Coded >> 1) ^ (0 - (Coded & 1)));
      if (Next >= Limit || Coded >= MaxDifference) {
        Position = At;
        outside(Coded, Value, Limit, Into);
        return;
      }
      Value = static_cast<uint32_t>(Next);
      Sink(I, Value);
    }
    Position = At;
  }

  /// How many entries a table has. One takes at least MinSize bytes, so that a count that the
  /// section cannot hold is refused before memory is taken for it.
  size_t count(size_t MinSize) {
    uint64_t Count = uleb();
    if (Count <= left() / MinSize)
      return Count;
    fail("table of " + llvm::Twine(Count) + " entries does not fit its section");
    return 0;
  }

private:
  /// Whether the eight bytes from a place on are: most differences are.
  bool areZero(size_t At) const {
    uint64_t Word = 1;
    if (At + sizeof Word <= Bytes.size())
      std::memcpy(&Word, Bytes.data() + At, sizeof Word);
    return Word == 0;
  }

  /// From here on a number takes more than a byte.
  static constexpr uint64_t LongNumber = 0x80;
  /// No difference of two numbers of 32 bits is written as this.
  static constexpr uint64_t MaxDifference = uint64_t(1) << 33;

  /// Why a column's next value is none.
  void outside(uint64_t Coded, uint32_t Before, uint64_t Limit, const char *Into) {
    const uint64_t Step = Coded / 2 + Coded % 2;
    if (Coded >= MaxDifference)
      return fail("difference " + llvm::Twine(Step) + " is larger than 32 bits");
    const int64_t Value = int64_t(Before) + (Coded % 2 ? -int64_t(Step) : int64_t(Step));
    fail("index " + llvm::Twine(Value) + " is out of range of the " + llvm::Twine(Limit) + " " +
         Into);
  }

  const Blob &Of;
  llvm::StringRef Bytes;
  size_t Position = 0;
  std::string Message;
};

} // namespace weir::facts

#endif

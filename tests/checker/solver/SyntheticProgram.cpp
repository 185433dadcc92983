// Writes the facts of a large program that does not exist, to measure the solver with:
//   weir_synthetic_program OUT.facts [FUNCTIONS [CALLS-PER-FUNCTION]]
//
// Functions lie in units of a thousand; three calls in four stay in the unit, a site in twenty
// calls is indirect, one function in twenty has its address taken. One function in a thousand calls
// malloc.

#include "facts/Encode.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <random>

using namespace llvm;
using namespace weir::facts;

namespace {

constexpr unsigned UnitSize = 1000;
constexpr unsigned TypeCount = 400;

/// Writes one unit; functions are numbered through the program.
class UnitWriter {
public:
  UnitWriter(unsigned Number, unsigned Functions, std::mt19937 &Random)
      : First(Number * UnitSize), Functions(Functions), Random(Random) {
    std::string Source = "src/module" + std::to_string(Number) + ".c";
    File = Unit.Strings.intern(Source);
    Unit.Name = File;
    Unit.Producer = Unit.Strings.intern("synthetic");
    Unit.Triple = Unit.Strings.intern("thumbv7m-none-eabi");
    Unit.Scheme = Unit.Strings.intern("generalized");
  }

  UnitFacts write(unsigned CallsPerFunction) {
    for (unsigned I = 0; I < UnitSize; ++I)
      function(First + I, FnDefined);
    for (unsigned I = 0; I < UnitSize; ++I) {
      for (unsigned Call = 0; Call < CallsPerFunction; ++Call)
        addCall(I);
      if (Random() % 20 == 0)
        Unit.Addresses.push_back({I, AddressInInitializer, type(First + I), File, place()});
    }
    Unit.Calls.push_back({0, malloc(), 0, place()});
    return std::move(Unit);
  }

private:
  void addCall(unsigned Caller) {
    if (Random() % 20 == 0)
      Unit.Sites.push_back({Caller, 0, type(Random()), place()});
    else
      Unit.Calls.push_back({Caller, callee(), 0, place()});
  }

  uint32_t callee() {
    return Random() % 4 ? Random() % UnitSize : function(Random() % Functions, 0);
  }

  uint32_t function(unsigned Number, uint32_t Flags) {
    auto [Found, New] = Index.try_emplace(Number, Unit.Functions.size());
    if (New) {
      std::string Name = "module_" + std::to_string(Number / UnitSize) + "_operation_" +
                         std::to_string(Number % UnitSize);
      Unit.Functions.push_back({Unit.Strings.intern(Name), Flags, type(Number), place()});
    }
    return Found->second;
  }

  uint32_t malloc() {
    Unit.Functions.push_back({Unit.Strings.intern("malloc"), 0, type(1), {}});
    return static_cast<uint32_t>(Unit.Functions.size() - 1);
  }

  Str type(unsigned Number) {
    unsigned Kind = Number % TypeCount;
    return Unit.Strings.intern("_ZTSFv4type" + std::to_string(1000 + Kind) + "E.generalized");
  }

  Location place() { return {File, 1 + static_cast<uint32_t>(Random() % 30000), 5}; }

  unsigned First, Functions;
  std::mt19937 &Random;
  UnitFacts Unit;
  Str File = 0;
  DenseMap<unsigned, uint32_t> Index;
};

unsigned argument(int Argc, char **Argv, int At, unsigned Default) {
  return At < Argc ? static_cast<unsigned>(std::strtoul(Argv[At], nullptr, 10)) : Default;
}

} // namespace

int main(int Argc, char **Argv) {
  if (Argc < 2) {
    errs() << "usage: weir_synthetic_program OUT.facts [FUNCTIONS [CALLS-PER-FUNCTION]]\n";
    return 2;
  }
  unsigned Functions = argument(Argc, Argv, 2, 1000000) / UnitSize * UnitSize;
  unsigned Calls = argument(Argc, Argv, 3, 8);
  std::error_code Failed;
  raw_fd_ostream Out(Argv[1], Failed);
  if (Failed) {
    errs() << Argv[1] << ": error: " << Failed.message() << '\n';
    return 2;
  }
  std::mt19937 Random(1);
  for (unsigned Number = 0; Number < Functions / UnitSize; ++Number) {
    SmallVector<char, 0> Blob = encode(UnitWriter(Number, Functions, Random).write(Calls));
    Out.write(Blob.data(), Blob.size());
  }
  return 0;
}

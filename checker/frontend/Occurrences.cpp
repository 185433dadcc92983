#include "frontend/Occurrences.h"

#include "frontend/LibraryCalls.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;

namespace weir::frontend {

/// Whether a mangled name spells \p Name: `4name`.
static bool spells(StringRef Symbol, StringRef Name) {
  for (size_t At = Symbol.find(Name); At != StringRef::npos; At = Symbol.find(Name, At + 1))
    if (Symbol.take_front(At).ends_with(utostr(Name.size())))
      return true;
  return false;
}

/// Whether a mangled name may spell class \p Name: the standard's best known have short forms.
static bool spellsClass(StringRef Symbol, StringRef Name) {
  const StringRef Short = StringSwitch<StringRef>(Name)
                              .Case("allocator", "Sa")
                              .Case("basic_string", "Ss")
                              .Case("basic_istream", "Si")
                              .Case("basic_ostream", "So")
                              .Case("basic_iostream", "Sd")
                              .Default("");
  return (!Short.empty() && Symbol.contains(Short)) || spells(Symbol, Name);
}

static bool isMangled(StringRef Symbol) { return Symbol.starts_with("_Z"); }

static bool namesFunction(StringRef Symbol, StringRef Name) {
  return Symbol == Name || (isMangled(Symbol) && spells(Symbol, Name));
}

static bool isConstructor(StringRef Symbol) {
  return Symbol.contains("C1") || Symbol.contains("C2");
}

static bool isDestructor(StringRef Symbol) {
  return Symbol.contains("D1Ev") || Symbol.contains("D2Ev") || Symbol.contains("D0Ev");
}

static bool fits(const Occurrence &O, StringRef Symbol) {
  switch (O.What) {
  case Act::Call:
  case Act::Builtin:
  case Act::Virtual:
    return namesFunction(Symbol, O.Name);
  case Act::Construct:
    return isMangled(Symbol) && isConstructor(Symbol) && spellsClass(Symbol, O.Name);
  case Act::Destroy:
  case Act::VirtualDestroy:
    return isMangled(Symbol) && isDestructor(Symbol) && spellsClass(Symbol, O.Name);
  case Act::Operator:
  case Act::ThroughPointer:
  case Act::TakeAddress:
  case Act::Assembly:
    return false;
  }
  return false;
}

/// The first occurrence from \p Next on that is not used and fits; null when there is none.
template <typename Predicate>
const Occurrence *OccurrenceMatcher::take(size_t &Next, Predicate Fits) {
  for (const size_t Size = Of ? Of->Acts.size() : 0; Next < Size;) {
    const size_t I = Next++;
    if (!Used.test(I) && Fits(Of->Acts[I])) {
      Used.set(I);
      return &Of->Acts[I];
    }
  }
  return nullptr;
}

template <typename Predicate> RawPlace OccurrenceMatcher::next(Cursor &From, Predicate Fits) {
  const Occurrence *Found = take(From.Next, Fits);
  return From.Last = Found ? Found->Where : From.Last;
}

RawPlace OccurrenceMatcher::call(StringRef Symbol) {
  Cursor &From = Called[Symbol];
  const Occurrence *Found = take(From.Next, [&](const Occurrence &O) { return fits(O, Symbol); });
  if (!Found && isMangled(Symbol) && !isConstructor(Symbol) && !isDestructor(Symbol))
    Found = take(Operators, [](const Occurrence &O) { return O.What == Act::Operator; });
  return From.Last = Found ? Found->Where : From.Last;
}

RawPlace OccurrenceMatcher::callThroughPointer(bool Virtual) {
  const RawPlace Found = !Virtual ? 0 : next(Virtuals, [](const Occurrence &O) {
    return O.What == Act::Virtual || O.What == Act::VirtualDestroy;
  });
  return Found ? Found
               : next(Pointers, [](const Occurrence &O) { return O.What == Act::ThroughPointer; });
}

RawPlace OccurrenceMatcher::address(StringRef Symbol) {
  return next(Taken[Symbol], [&](const Occurrence &O) {
    return O.What == Act::TakeAddress && namesFunction(Symbol, O.Name);
  });
}

RawPlace OccurrenceMatcher::assembly() {
  return next(Assemblies, [](const Occurrence &O) { return O.What == Act::Assembly; });
}

const Occurrence *OccurrenceMatcher::lowered(StringRef Operation) {
  return take(Lowered[Operation].Next, [&](const Occurrence &O) {
    return O.What == Act::Builtin && mayBecome(O.Name, Operation);
  });
}

} // namespace weir::frontend

// The facts of one unit in memory, field by field as FORMAT.md lays them out.
//
// The Clang plugin fills a UnitFacts and encodes it; the solver decodes one and reads it. Nothing
// here knows of Clang, of policy or of verdicts.
#ifndef WEIR_FACTS_MODEL_H
#define WEIR_FACTS_MODEL_H

#include "facts/StringTable.h"

#include <cstdint>
#include <vector>

namespace weir::facts {

enum class UnitKind : uint8_t { Unit = 0, Declarations = 1, LibraryMember = 2 };

/// Flags of FUNCTIONS.
enum FunctionFlag : uint32_t {
  FnDefined = 1,
  FnLocal = 2,
  FnWeak = 4,
  FnComdat = 8,
  FnConstructor = 16,
  FnRetained = 32,
  FnNonAllocating = 64,
  FnAllocating = 128,
  FnNoPrototype = 256,
  FnAvailableExternally = 512,
};

/// Flags of CALLS.
enum CallFlag : uint32_t {
  CallTail = 1,
  CallInferred = 2,
  CallBuiltin = 4, ///< spelled in the source; the compiler may do without
};

/// Flags of SITES.
enum SiteFlag : uint32_t { SiteInlineAsm = 1, SiteVirtual = 2, SiteNoPrototype = 4 };

/// Flags of ADDRESSES.
enum AddressFlag : uint32_t { AddressInInitializer = 1, AddressOpaque = 2 };

/// Flags of CASTS.
enum CastFlag : uint32_t { CastFromNoPrototype = 1, CastToNoPrototype = 2, CastThroughInteger = 4 };

/// Flags of RETYPES: how a pointer may change its type in memory, without a cast of its value.
enum RetypeFlag : uint32_t {
  RetypePointer = 1,  ///< a pointer to it is cast to another type
  RetypeUnion = 2,    ///< it shares its place in a union with something else
  RetypeVariadic = 4, ///< it is passed through `...`
  RetypeFetched = 8,  ///< it is fetched by `va_arg`
};

/// Flags of STORES.
enum StoreFlag : uint32_t {
  StoreInInitializer = 1,
  StoreUnknown = 2, ///< of any function of the variable's type
  StoreEscape = 4,  ///< the variable may be written under another name from here on
};

/// Flags of ALIASES.
enum AliasFlag : uint32_t { AliasIfunc = 1 };

/// Line and Column count from 1; 0 is unknown, as is File 0.
struct Location {
  Str File = 0;
  uint32_t Line = 0;
  uint32_t Column = 0;
};

struct Function {
  Str Name = 0; ///< symbol name
  uint32_t Flags = 0;
  Str Type = 0; ///< in the unit's type scheme; 0 is unknown
  Location Loc;
};

/// Caller, Callee, Target and the like are indices into UnitFacts::Functions.
struct Call {
  uint32_t Caller = 0;
  uint32_t Callee = 0;
  uint32_t Flags = 0;
  Location Loc;
};

/// A call through a pointer, or inline assembly that may call.
struct Site {
  uint32_t Caller = 0;
  uint32_t Flags = 0;
  Str Type = 0;
  Location Loc;
};

/// The address of a function, taken other than to call it.
struct Address {
  uint32_t Target = 0;
  uint32_t Flags = 0;
  Str Type = 0;   ///< the type under which it is taken, after casts
  Str Holder = 0; ///< the function or object that holds it
  Location Loc;
};

struct Alias {
  uint32_t Name = 0;
  uint32_t Target = 0;
  uint32_t Flags = 0;
};

/// A conversion of pointers to functions of one type, whichever function they hold.
struct Cast {
  Str From = 0; ///< 0: from what is no function pointer
  uint32_t Flags = 0;
  Str To = 0; ///< 0: the type is lost
  Location Loc;
};

/// Pointers of a type that may become another in memory.
struct Retype {
  Str Type = 0;
  uint32_t Flags = 0;
  Location Loc;
};

/// What a variable (a record's field, or an object with static storage) is given.
struct Store {
  Str Variable = 0;
  uint32_t Flags = 0;
  uint32_t Function = 0; ///< index + 1; 0: none
  Str From = 0;          ///< another variable, whose value it is given
  Location Loc;
};

/// The pointer that a site calls through comes from this variable, or from another one of the
/// same site's.
struct Source {
  uint32_t Site = 0; ///< index into UnitFacts::Sites
  Str Variable = 0;
};

/// The method that a virtual site names: it is called, or one that overrides it.
struct VirtualCall {
  uint32_t Site = 0;
  Str Method = 0;
};

struct Override {
  Str Method = 0;
  Str Overridden = 0;
};

/// A function whose code names a virtual table: it makes objects of that class. Function is its
/// index plus 1, or 0 for a static initialiser that does.
struct Instance {
  uint32_t Function = 0;
  Str Table = 0;
};

struct Annotation {
  uint32_t Target = 0;
  Str Text = 0;
};

/// One translation unit or library member. Movable; strings stay where they are when it moves.
struct UnitFacts {
  UnitKind Kind = UnitKind::Unit;
  StringTable Strings;
  Str Name = 0;     ///< source path as given to the compiler, or archive(member)
  Str Producer = 0; ///< for a human reader
  Str Triple = 0;
  Str Scheme = 0; ///< "generalized", "kcfi" or "none"
  std::vector<Function> Functions;
  std::vector<Call> Calls;
  std::vector<Site> Sites;
  std::vector<Address> Addresses;
  std::vector<Alias> Aliases;
  std::vector<Cast> Casts;
  std::vector<Retype> Retypes;
  std::vector<Store> Stores;
  std::vector<Source> Sources;
  std::vector<VirtualCall> VirtualCalls;
  std::vector<Override> Overrides;
  std::vector<Instance> Instances;
  std::vector<Annotation> Annotations;
};

} // namespace weir::facts

#endif

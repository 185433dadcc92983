#include "facts/Dump.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Format.h"

using namespace llvm;

namespace weir::facts {
namespace {

struct FlagName {
  uint32_t Bit;
  const char *Name;
};

constexpr FlagName FunctionFlags[] = {
    {FnDefined, "defined"},
    {FnLocal, "local"},
    {FnWeak, "weak"},
    {FnComdat, "comdat"},
    {FnConstructor, "constructor"},
    {FnRetained, "retained"},
    {FnNonAllocating, "nonallocating"},
    {FnAllocating, "allocating"},
    {FnNoPrototype, "no-prototype"},
    {FnAvailableExternally, "available-externally"},
};
constexpr FlagName CallFlags[] = {
    {CallTail, "tail"}, {CallInferred, "inferred"}, {CallBuiltin, "builtin"}};
constexpr FlagName SiteFlags[] = {
    {SiteInlineAsm, "asm"}, {SiteVirtual, "virtual"}, {SiteNoPrototype, "no-prototype"}};
constexpr FlagName AddressFlags[] = {{AddressInInitializer, "initializer"},
                                     {AddressOpaque, "opaque"}};
constexpr FlagName CastFlags[] = {{CastFromNoPrototype, "from-no-prototype"},
                                  {CastToNoPrototype, "to-no-prototype"},
                                  {CastThroughInteger, "integer"}};
constexpr FlagName RetypeFlags[] = {{RetypePointer, "pointer"},
                                    {RetypeUnion, "union"},
                                    {RetypeVariadic, "variadic"},
                                    {RetypeFetched, "fetched"}};
constexpr FlagName StoreFlags[] = {
    {StoreInInitializer, "initializer"}, {StoreUnknown, "unknown"}, {StoreEscape, "escape"}};
constexpr FlagName AliasFlags[] = {{AliasIfunc, "ifunc"}};

/// Writes the facts of one unit; every fact is one line that begins with its kind.
class Listing {
public:
  Listing(const UnitFacts &Unit, raw_ostream &Out) : Unit(Unit), Out(Out) {}

  void write() {
    for (const Function &F : Unit.Functions)
      line("function").name(F.Name).type(F.Type).flags(F.Flags, FunctionFlags).at(F.Loc);
    for (const Call &C : Unit.Calls)
      line("call").function(C.Caller).function(C.Callee).flags(C.Flags, CallFlags).at(C.Loc);
    for (const Site &S : Unit.Sites)
      line("site").function(S.Caller).type(S.Type).flags(S.Flags, SiteFlags).at(S.Loc);
    for (const Address &A : Unit.Addresses)
      line("address")
          .function(A.Target)
          .type(A.Type)
          .name(A.Holder)
          .flags(A.Flags, AddressFlags)
          .at(A.Loc);
    for (const Alias &A : Unit.Aliases)
      line("alias").function(A.Name).function(A.Target).flags(A.Flags, AliasFlags).end();
    for (const Cast &C : Unit.Casts)
      line("cast").type(C.From).type(C.To).flags(C.Flags, CastFlags).at(C.Loc);
    for (const Retype &R : Unit.Retypes)
      line("retype").type(R.Type).flags(R.Flags, RetypeFlags).at(R.Loc);
    for (const Store &S : Unit.Stores)
      line("store")
          .name(S.Variable)
          .name(S.Function ? Unit.Functions[S.Function - 1].Name : S.From)
          .flags(S.Flags, StoreFlags)
          .at(S.Loc);
    for (const Source &S : Unit.Sources)
      line("source").site(S.Site).name(S.Variable).end();
    for (const VirtualCall &C : Unit.VirtualCalls)
      line("virtual").site(C.Site).name(C.Method).end();
    for (const Override &O : Unit.Overrides)
      line("override").name(O.Method).name(O.Overridden).end();
    for (const Instance &I : Unit.Instances)
      line("instance")
          .name(I.Function ? Unit.Functions[I.Function - 1].Name : 0)
          .name(I.Table)
          .end();
    for (const Annotation &A : Unit.Annotations)
      line("annotation").function(A.Target).name(A.Text).end();
  }

private:
  Listing &line(const char *Kind) {
    Out << "  " << Kind;
    return *this;
  }
  Listing &name(Str Name) {
    Out << ' ' << (Name ? Unit.Strings[Name] : StringRef("-"));
    return *this;
  }
  Listing &type(Str Type) { return name(Type); }
  Listing &site(uint32_t Index) {
    function(Unit.Sites[Index].Caller).name(Unit.Sites[Index].Loc.File);
    Out << ':' << Unit.Sites[Index].Loc.Line << ':' << Unit.Sites[Index].Loc.Column;
    return *this;
  }
  Listing &function(uint32_t Index) { return name(Unit.Functions[Index].Name); }

  Listing &flags(uint32_t Flags, ArrayRef<FlagName> Known) {
    const char *Separator = " ";
    for (const FlagName &Flag : Known) {
      if (!(Flags & Flag.Bit))
        continue;
      Out << Separator << Flag.Name;
      Separator = ",";
      Flags &= ~Flag.Bit;
    }
    if (Flags)
      Out << Separator << format_hex(Flags, 1);
    else if (*Separator == ' ')
      Out << " -";
    return *this;
  }

  void at(const Location &Loc) {
    name(Loc.File);
    Out << ':' << Loc.Line << ':' << Loc.Column;
    end();
  }
  void end() { Out << '\n'; }

  const UnitFacts &Unit;
  raw_ostream &Out;
};

constexpr const char *KindNames[] = {"unit", "declarations", "member"};

} // namespace

void dump(const Blob &B, const UnitFacts &Unit, raw_ostream &Out) {
  Out << KindNames[static_cast<uint8_t>(Unit.Kind)] << ' ' << Unit.Strings[Unit.Name] << " triple "
      << Unit.Strings[Unit.Triple] << " scheme " << Unit.Strings[Unit.Scheme] << " id "
      << format_hex_no_prefix(B.UnitId, 16) << " content "
      << format_hex_no_prefix(B.ContentHash, 16) << " by " << Unit.Strings[Unit.Producer] << '\n';
  Listing(Unit, Out).write();
}

} // namespace weir::facts

#include "frontend/AddressFacts.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/Instruction.h"

using namespace llvm;

namespace weir::frontend {

AddressFacts::AddressFacts(const Declarations &Declared, FunctionTable &Functions,
                           facts::UnitFacts &Facts)
    : Declared(Declared), Functions(Functions), Facts(Facts) {
  for (const FunctionMention &Mention : Declared.Initializers)
    Mentions[Mention.Function].push_back(&Mention);
  for (const FunctionMention &Mention : Declared.Casts)
    Casts[Mention.Function].push_back(&Mention);
}

/// Calls \p Visit for each function, alias or ifunc in \p Top. Another object's contents are not
/// part of it: that object holds them.
template <typename Visitor> static void forEachFunction(const Constant &Top, Visitor Visit) {
  SmallVector<const Constant *, 16> Work{&Top};
  SmallPtrSet<const Constant *, 16> Seen;
  while (!Work.empty()) {
    const Constant *C = Work.pop_back_val();
    if (isa<GlobalVariable, BlockAddress, ConstantData>(C) || !Seen.insert(C).second)
      continue;
    if (const auto *Symbol = dyn_cast<GlobalValue>(C)) {
      if (isa<FunctionType>(Symbol->getValueType()) && !Symbol->getName().starts_with("llvm."))
        Visit(*Symbol);
      continue;
    }
    for (const Use &Operand : reverse(C->operands())) // the first is to be visited first
      if (const auto *Inner = dyn_cast<Constant>(Operand.get()))
        Work.push_back(Inner);
  }
}

//===--- In code ----------------------------------------------------------===//

void AddressFacts::operand(const Constant &Value, const Instruction &I, uint32_t Holder,
                           BodyPlaces &Places) {
  if (isa<ConstantData>(Value))
    return;
  forEachFunction(Value, [&](const GlobalValue &Taken) { taken(Taken, I, Holder, Places); });
  addInstances(Value, Holder + 1);
}

void AddressFacts::taken(const GlobalValue &Taken, const Instruction &I, uint32_t Holder,
                         BodyPlaces &Places) {
  const uint32_t Row = Functions.takenRow(Taken);
  const RawPlace Where = Places.occurrences().address(Functions.nameOf(Row));
  Facts.Addresses.push_back(
      {Row, 0, Facts.Functions[Row].Type, Facts.Functions[Holder].Name, Places.place(I, Where)});
  addCasts(Row);
}

/// Where the syntax tree saw the function converted to another type, it is taken as that type as
/// well. Each such place is written once, however often the function is taken.
void AddressFacts::addCasts(uint32_t Row) {
  auto Found = Casts.find(Functions.nameOf(Row));
  if (Found == Casts.end())
    return;
  for (const FunctionMention *Mention : Found->second)
    addMention(Row, *Mention, 0);
  Casts.erase(Found);
}

void AddressFacts::addMention(uint32_t Row, const FunctionMention &Mention, uint32_t Flags) {
  Facts.Addresses.push_back(
      {Row, Flags | (Mention.Untyped ? facts::AddressOpaque : 0),
       Mention.Converted ? Functions.intern(Mention.CastType) : Facts.Functions[Row].Type,
       Functions.intern(Mention.Holder), Functions.location(Mention.Point)});
}

//===--- Objects of a class -----------------------------------------------===//

void AddressFacts::addInstance(const facts::Instance &Made) {
  if (Instances.insert({Made.Function, Made.Table}).second)
    Facts.Instances.push_back(Made);
}

/// An object is made by storing the address of its class's table, in code or in an initialiser.
void AddressFacts::addInstances(const Constant &Top, uint32_t Maker) {
  SmallVector<const Constant *, 16> Work{&Top};
  SmallPtrSet<const Constant *, 16> Seen;
  while (!Work.empty()) {
    const Constant *C = Work.pop_back_val();
    if (isa<ConstantData, BlockAddress>(C) || !Seen.insert(C).second)
      continue;
    if (const auto *Symbol = dyn_cast<GlobalValue>(C)) {
      if (Symbol->getName().starts_with("_ZTV"))
        addInstance({Maker, Functions.intern(Symbol->getName())});
      continue;
    }
    for (const Use &Operand : C->operands())
      if (const auto *Inner = dyn_cast<Constant>(Operand.get()))
        Work.push_back(Inner);
  }
}

//===--- In initialisers --------------------------------------------------===//

void AddressFacts::object(const GlobalVariable &Object) {
  if (!Object.hasInitializer() || Object.getName().starts_with("llvm."))
    return;
  forEachFunction(*Object.getInitializer(),
                  [&](const GlobalValue &Taken) { heldBy(Object, Taken); });
  // A table of tables is for objects under construction, and is named where they are made.
  if (!Object.getName().starts_with("_ZT"))
    addInstances(*Object.getInitializer(), 0);
}

void AddressFacts::heldBy(const GlobalVariable &Object, const GlobalValue &Taken) {
  const uint32_t Row = Functions.takenRow(Taken);
  const StringRef Holder = plainName(Object);
  const size_t Before = Facts.Addresses.size();
  for (const FunctionMention *Mention : Mentions.lookup(Functions.nameOf(Row)))
    if (Mention->Holder == Holder)
      addMention(Row, *Mention, facts::AddressInInitializer);
  if (Facts.Addresses.size() != Before)
    return;
  if (Object.hasPrivateLinkage() && heldByUsers(Object, Row))
    return;
  Facts.Addresses.push_back(
      {Row, facts::AddressInInitializer, Facts.Functions[Row].Type, Functions.intern(Holder), {}});
  addCasts(Row); // a function that clang evaluated may have brought it here
}

/// A nameless constant that initialises a local object: the functions that copy it hold the
/// address, where they copy it.
bool AddressFacts::heldByUsers(const GlobalVariable &Object, uint32_t Row) {
  bool Found = false;
  for (const User *User : Object.users()) {
    const auto *I = dyn_cast<Instruction>(User);
    if (!I)
      continue;
    BodyPlaces Places(*I->getFunction(), Declared, Functions, /*BeforeMain=*/nullptr);
    const uint32_t Holder = Functions.row(*I->getFunction());
    const RawPlace Where = Places.occurrences().address(Functions.nameOf(Row));
    Facts.Addresses.push_back(
        {Row, 0, Facts.Functions[Row].Type, Facts.Functions[Holder].Name, Places.place(*I, Where)});
    Found = true;
  }
  if (Found)
    addCasts(Row);
  return Found;
}

} // namespace weir::frontend

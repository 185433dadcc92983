#include "solver/Elf.h"
#include "solver/StartArrays.h"

#include "llvm/BinaryFormat/ELF.h"

using namespace llvm;
using namespace llvm::object;

namespace weir {
namespace {

/// Whether S stands for code: a function by its type, or a global label inside a section of code,
/// as assembly without a `.type` directive leaves it.
Expected<bool> isFunction(const ELFSymbolRef &S, uint32_t Flags) {
  uint8_t Type = S.getELFType();
  if (Type == ELF::STT_FUNC || Type == ELF::STT_GNU_IFUNC)
    return true;
  if (Type != ELF::STT_NOTYPE || !(Flags & SymbolRef::SF_Global) ||
      (Flags & SymbolRef::SF_Absolute))
    return false;
  Expected<section_iterator> Section = S.getSection();
  if (!Section)
    return Section.takeError();
  if (*Section == S.getObject()->section_end() || !(*Section)->isText())
    return false;
  Expected<uint64_t> Address = S.getAddress();
  if (!Address)
    return Address.takeError();
  // A label at the end of the section, like etext, marks a place and is not code.
  return *Address < (*Section)->getAddress() + (*Section)->getSize();
}

/// The file of an STT_FILE symbol, under which the local symbols that follow it are. Link-time
/// optimisation names what it made itself, which says nothing.
StringRef sourceFile(StringRef Name) {
  return Name.ends_with(".o") || Name.starts_with("<") ? StringRef() : Name;
}

Error readSymbol(const ELFSymbolRef &S, StringRef &File, Input &Into) {
  Expected<uint32_t> Flags = S.getFlags();
  if (!Flags)
    return Flags.takeError();
  Expected<StringRef> Name = S.getName();
  if (!Name)
    return Name.takeError();
  // An object without machine code: its symbol table shows none of its functions.
  if (Into.Kind == InputKind::Object && *Name == "__gnu_lto_slim")
    return createStringError("it holds GCC's LTO code only; check the linked image, or build with "
                             "-ffat-lto-objects");
  if (S.getELFType() == ELF::STT_FILE)
    File = sourceFile(*Name);
  if (*Flags & SymbolRef::SF_Undefined) {
    if (!(*Flags & SymbolRef::SF_Weak))
      Into.Labels.push_back(*Name);
    return Error::success();
  }
  Expected<bool> Function = isFunction(S, *Flags);
  if (!Function)
    return Function.takeError();
  if (!*Function) {
    if (*Flags & SymbolRef::SF_Global)
      Into.Labels.push_back(*Name);
    else if (Into.Kind == InputKind::Image && S.getELFType() == ELF::STT_NOTYPE)
      Into.LocalLabels.push_back(*Name);
    return Error::success();
  }
  Expected<uint64_t> Address = S.getAddress();
  if (!Address)
    return Address.takeError();
  Expected<section_iterator> Section = S.getSection();
  if (!Section)
    return Section.takeError();
  if (Name->empty())
    return Error::success();
  bool InSection = *Section != S.getObject()->section_end();
  uint64_t SectionIndex =
      Into.Kind == InputKind::Object && InSection ? (*Section)->getIndex() + 1 : 0;
  bool IsLocal = S.getBinding() == ELF::STB_LOCAL;
  Into.HasLocals |= IsLocal;
  Into.Functions.push_back({*Name, SectionIndex, *Address, IsLocal,
                            S.getBinding() == ELF::STB_GLOBAL, IsLocal ? File : StringRef()});
  return Error::success();
}

Error readSymbols(const ELFObjectFileBase &File, Input &Into) {
  if (File.symbol_begin() == File.symbol_end())
    return createStringError("it has no symbols; give the file as it was before it was stripped");
  StringRef Source;
  for (const ELFSymbolRef S : File.symbols())
    if (Error E = readSymbol(S, Source, Into))
      return E;
  return Error::success();
}

/// The address of the entry point as symbols have it: for Thumb code, without the lowest bit.
uint64_t entryOf(const ELFObjectFileBase &File) {
  Expected<uint64_t> Entry = File.getStartAddress();
  if (!Entry) {
    consumeError(Entry.takeError());
    return 0;
  }
  bool IsArm = File.getEMachine() == ELF::EM_ARM;
  return IsArm ? *Entry & ~uint64_t(1) : *Entry;
}

Error readFacts(const ELFObjectFileBase &File, Input &Into) {
  for (const SectionRef &Section : File.sections()) {
    Expected<StringRef> Name = Section.getName();
    if (!Name)
      return Name.takeError();
    Into.IsDynamic |= *Name == ".dynamic";
    if (*Name != facts::SectionName)
      continue;
    Expected<StringRef> Bytes = Section.getContents();
    if (!Bytes)
      return Bytes.takeError();
    Expected<std::vector<facts::Blob>> Blobs = facts::scan(*Bytes);
    if (!Blobs)
      return Blobs.takeError();
    Into.Blobs.insert(Into.Blobs.end(), Blobs->begin(), Blobs->end());
  }
  return Error::success();
}

} // namespace

Error readElf(const ELFObjectFileBase &File, Input &Into) {
  Into.Kind = File.isRelocatableObject() ? InputKind::Object : InputKind::Image;
  if (Into.Kind == InputKind::Image)
    Into.Entry = entryOf(File);
  if (Error E = readFacts(File, Into))
    return E;
  if (Error E = readStartArrays(File, Into))
    return E;
  return readSymbols(File, Into);
}

} // namespace weir

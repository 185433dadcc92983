#include "extract/Completeness.h"
#include "facts/Decode.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELFObjectFile.h"

#include <set>

using namespace llvm;
using namespace llvm::object;

namespace weir {
namespace {

/// Relocations that only calls and jumps have. On x86 a compiler uses PLT32 for nothing else.
bool isCall(unsigned Machine, uint64_t Type) {
  switch (Machine) {
  case ELF::EM_ARM:
    return is_contained({ELF::R_ARM_CALL, ELF::R_ARM_JUMP24, ELF::R_ARM_PC24, ELF::R_ARM_PLT32,
                         ELF::R_ARM_THM_CALL, ELF::R_ARM_THM_JUMP24, ELF::R_ARM_THM_JUMP19,
                         ELF::R_ARM_THM_JUMP11, ELF::R_ARM_THM_JUMP8},
                        Type);
  case ELF::EM_AARCH64:
    return Type == ELF::R_AARCH64_CALL26 || Type == ELF::R_AARCH64_JUMP26;
  case ELF::EM_RISCV:
    return is_contained({ELF::R_RISCV_CALL, ELF::R_RISCV_CALL_PLT, ELF::R_RISCV_JAL,
                         ELF::R_RISCV_RVC_JUMP, ELF::R_RISCV_BRANCH},
                        Type);
  case ELF::EM_X86_64:
    return Type == ELF::R_X86_64_PLT32;
  case ELF::EM_386:
    return Type == ELF::R_386_PLT32 || Type == ELF::R_386_PC32;
  default:
    return false;
  }
}

/// Arithmetic of libgcc, like __divsi3 or __aeabi_dmul.
bool isArithmetic(StringRef Name) {
  if (!Name.consume_front("__") || Name.size() > 16 || Name.contains('_') ||
      !all_of(Name, [](char C) { return isLower(C) || isDigit(C); }))
    return false;
  return any_of(ArrayRef<StringRef>({"si", "di", "ti", "hi", "qi", "sf", "df", "tf", "hf", "xf"}),
                [&](StringRef Mode) { return Name.contains(Mode); });
}

/// What a compiler calls though no source says so, and what GCC puts in the place of another call.
bool isCompilersOwn(StringRef Name) {
  for (StringRef Prefix : {"__aeabi_",      "__gnu_",           "__sanitizer_",
                           "__asan_",       "__tsan_",          "__ubsan_",
                           "__gcov_",       "__tls_get_addr",   "__stack_chk_",
                           "_Unwind_",      "__cxa_",           "__gxx_personality",
                           "__riscv_save_", "__riscv_restore_", "__emutls_",
                           "__sync_",       "__atomic_",        "__fentry__",
                           "mcount",        "_mcount",          "__cyg_profile_func_"})
    if (Name.starts_with(Prefix))
      return true;
  return isArithmetic(Name) ||
         is_contained({"memcpy", "memmove", "memset", "memcmp", "strlen", "strcpy", "stpcpy",
                       "strchr", "puts", "putchar", "fputc", "fputs", "fwrite", "abort", "sincos",
                       "sincosf", "sincosl"},
                      Name);
}

/// Clang writes one constructor, or destructor, for the two that the ABI names.
std::string oneOfTwins(StringRef Name) {
  std::string Text = Name.str();
  for (auto [Complete, Base] : {std::pair("C1E", "C2E"), std::pair("D1E", "D2E")})
    if (size_t At = Text.find(Complete); At != std::string::npos && Name.starts_with("_Z"))
      Text.replace(At, 3, Base);
  return Text;
}

Expected<StringSet<>> functionsIn(StringRef Facts) {
  StringSet<> Names;
  Expected<std::vector<facts::Blob>> Blobs = facts::scan(Facts);
  if (!Blobs)
    return Blobs.takeError();
  for (const facts::Blob &B : *Blobs) {
    Expected<facts::UnitFacts> Unit = facts::decode(B);
    if (!Unit)
      return Unit.takeError();
    for (const facts::Function &F : Unit->Functions)
      Names.insert(oneOfTwins(Unit->Strings[F.Name]));
  }
  return Names;
}

class ObjectReader {
public:
  explicit ObjectReader(const ELFObjectFileBase &File) : File(File) {}

  /// The names that must be among the facts.
  Expected<std::set<std::string>> run() {
    for (const ELFSymbolRef S : File.symbols())
      if (Error E = readSymbol(S))
        return E;
    for (const SectionRef &Section : File.sections())
      for (const RelocationRef &R : Section.relocations())
        if (Error E = readRelocation(R))
          return E;
    return std::move(Names);
  }

private:
  Error readSymbol(const ELFSymbolRef &S) {
    Expected<uint32_t> Flags = S.getFlags();
    if (!Flags)
      return Flags.takeError();
    if (S.getELFType() == ELF::STT_FUNC && S.getBinding() == ELF::STB_GLOBAL &&
        !(*Flags & SymbolRef::SF_Undefined))
      return add(S);
    return Error::success();
  }

  Error readRelocation(const RelocationRef &R) {
    symbol_iterator S = R.getSymbol();
    if (S == File.symbol_end() || !isCall(File.getEMachine(), R.getType()))
      return Error::success();
    ELFSymbolRef Callee(*S);
    return Callee.getBinding() == ELF::STB_LOCAL ? Error::success() : add(Callee);
  }

  Error add(const ELFSymbolRef &S) {
    Expected<StringRef> Name = S.getName();
    if (!Name)
      return Name.takeError();
    // Clones like f.part.0 are of a function that has a name of its own.
    StringRef Origin = Name->take_front(Name->find('.', 1));
    if (!Origin.empty() && !isCompilersOwn(Origin))
      Names.insert(Origin.str());
    return Error::success();
  }

  const ELFObjectFileBase &File;
  std::set<std::string> Names;
};

} // namespace

Expected<std::vector<std::string>> missingFunctions(StringRef ObjectPath, StringRef Facts) {
  Expected<StringSet<>> Known = functionsIn(Facts);
  if (!Known)
    return Known.takeError();
  Expected<OwningBinary<ObjectFile>> File = ObjectFile::createObjectFile(ObjectPath);
  if (!File)
    return File.takeError();
  const auto *Elf = dyn_cast<ELFObjectFileBase>(File->getBinary());
  if (!Elf)
    return createStringError("it is not an ELF object");
  Expected<std::set<std::string>> Names = ObjectReader(*Elf).run();
  if (!Names)
    return Names.takeError();
  std::vector<std::string> Missing;
  for (const std::string &Name : *Names)
    if (!Known->contains(oneOfTwins(Name)))
      Missing.push_back(Name);
  return Missing;
}

} // namespace weir

#include "solver/StartArrays.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/DataExtractor.h"

#include <map>

using namespace llvm;
using namespace llvm::object;

namespace weir {
namespace {

constexpr StringLiteral ArrayNames[] = {".preinit_array", ".init_array", ".fini_array", ".ctors",
                                        ".dtors"};

/// Whether a section is an array of such functions; in objects a priority may follow the name.
Expected<bool> isStartArray(const SectionRef &Section) {
  Expected<StringRef> Name = Section.getName();
  if (!Name)
    return Name.takeError();
  const unsigned Type = ELFSectionRef(Section).getType();
  return Type == ELF::SHT_INIT_ARRAY || Type == ELF::SHT_FINI_ARRAY ||
         Type == ELF::SHT_PREINIT_ARRAY || any_of(ArrayNames, [&](StringRef Array) {
           return *Name == Array || Name->starts_with((Array + ".").str());
         });
}

/// Thumb code is called at an odd address.
uint64_t codeAddress(uint64_t Called, const ELFObjectFileBase &File) {
  return File.getEMachine() == ELF::EM_ARM ? Called & ~uint64_t(1) : Called;
}

/// Addresses from the first up to the second.
using Range = std::pair<uint64_t, uint64_t>;

/// Reads the arrays of a linked image.
class ImageReader {
public:
  ImageReader(const ELFObjectFileBase &File, Input &Into) : File(File), Into(Into) {}

  Error run() {
    if (Error E = findSections())
      return E;
    if (Error E = findLabels())
      return E;
    llvm::sort(Ranges);
    Ranges.erase(std::unique(Ranges.begin(), Ranges.end()), Ranges.end());
    if (Ranges.empty())
      return Error::success();
    if (Error E = readRelocations())
      return E;
    for (const SectionRef &Section : File.sections())
      if (Error E = readWords(Section))
        return E;
    return Error::success();
  }

private:
  Error findSections() {
    for (const SectionRef &Section : File.sections()) {
      Expected<bool> IsArray = isStartArray(Section);
      if (!IsArray)
        return IsArray.takeError();
      if (*IsArray && Section.getSize() > 0)
        Ranges.emplace_back(Section.getAddress(), Section.getAddress() + Section.getSize());
    }
    return Error::success();
  }

  /// `__init_array_start` and `__init_array_end`, and the like.
  Error findLabels() {
    std::map<StringRef, Range> Labels;
    for (const ELFSymbolRef S : File.symbols()) {
      Expected<StringRef> Name = S.getName();
      if (!Name)
        return Name.takeError();
      StringRef Array = *Name;
      const bool IsStart = Array.consume_back("_array_start");
      if ((!IsStart && !Array.consume_back("_array_end")) ||
          !is_contained({"__preinit", "__init", "__fini"}, Array))
        continue;
      Expected<uint64_t> Address = S.getAddress();
      if (!Address)
        return Address.takeError();
      (IsStart ? Labels[Array].first : Labels[Array].second) = *Address;
    }
    for (const auto &[Array, Found] : Labels)
      if (Found.first && Found.first < Found.second)
        Ranges.push_back(Found);
    return Error::success();
  }

  bool isInside(uint64_t Address) const {
    return any_of(Ranges, [&](const Range &R) { return R.first <= Address && Address < R.second; });
  }

  /// What a loader writes into the arrays of an image that may lie anywhere.
  Error readRelocations() {
    for (const SectionRef &Section : File.dynamic_relocation_sections())
      for (const ELFRelocationRef R : Section.relocations()) {
        if (!isInside(R.getOffset()))
          continue;
        int64_t Value = 0;
        if (Expected<int64_t> Addend = R.getAddend())
          Value = *Addend;
        else
          consumeError(Addend.takeError()); // it is in the array itself
        if (symbol_iterator S = R.getSymbol(); S != File.symbol_end()) {
          Expected<uint64_t> Address = S->getAddress();
          if (!Address)
            return Address.takeError();
          Value += static_cast<int64_t>(*Address);
        }
        if (Value)
          Written[R.getOffset()] = static_cast<uint64_t>(Value);
      }
    return Error::success();
  }

  Error readWords(const SectionRef &Section) {
    const uint64_t First = Section.getAddress(), Last = First + Section.getSize();
    if (!(ELFSectionRef(Section).getFlags() & ELF::SHF_ALLOC) || Section.isBSS() ||
        Section.isVirtual())
      return Error::success();
    for (const Range &R : Ranges) {
      if (R.first < First || R.first >= Last)
        continue;
      Expected<StringRef> Bytes = Section.getContents();
      if (!Bytes)
        return Bytes.takeError();
      const DataExtractor Data(*Bytes, File.isLittleEndian(), File.getBytesInAddress());
      uint64_t At = R.first - First;
      while (First + At < std::min(R.second, Last) &&
             Data.isValidOffsetForDataOfSize(At, Data.getAddressSize())) {
        const auto Replaced = Written.find(First + At);
        const uint64_t Word = Data.getAddress(&At);
        add(Replaced == Written.end() ? Word : Replaced->second);
      }
    }
    return Error::success();
  }

  /// The ends of old arrays are marked by words that are no addresses.
  void add(uint64_t Address) {
    const uint64_t AllOnes = File.getBytesInAddress() == 4 ? UINT32_MAX : UINT64_MAX;
    if (Address != 0 && Address != AllOnes)
      Into.Started.push_back({{}, 0, codeAddress(Address, File)});
  }

  const ELFObjectFileBase &File;
  Input &Into;
  std::vector<Range> Ranges;
  std::map<uint64_t, uint64_t> Written; ///< by address in an array
};

/// What is added to the symbol that \p R names. Some machines keep it where \p R points, in \p
/// Array.
Expected<uint64_t> addendOf(const ELFRelocationRef &R, const SectionRef &Array,
                            const ELFObjectFileBase &File) {
  if (Expected<int64_t> Addend = R.getAddend())
    return static_cast<uint64_t>(*Addend);
  else
    consumeError(Addend.takeError());
  Expected<StringRef> Bytes = Array.getContents();
  if (!Bytes)
    return Bytes.takeError();
  const DataExtractor Data(*Bytes, File.isLittleEndian(), File.getBytesInAddress());
  uint64_t At = R.getOffset();
  return Data.isValidOffsetForAddress(At) ? Data.getAddress(&At) : 0;
}

/// An object's array is in its relocations: each names a symbol, or a place in a section of code.
Error readObject(const ELFObjectFileBase &File, Input &Into) {
  for (const SectionRef &Section : File.sections()) {
    Expected<section_iterator> Array = Section.getRelocatedSection();
    if (!Array)
      return Array.takeError();
    if (*Array == File.section_end())
      continue;
    Expected<bool> IsArray = isStartArray(**Array);
    if (!IsArray)
      return IsArray.takeError();
    if (!*IsArray)
      continue;
    for (const ELFRelocationRef R : Section.relocations()) {
      const symbol_iterator S = R.getSymbol();
      if (S == File.symbol_end())
        continue;
      Expected<StringRef> Name = S->getName();
      if (!Name)
        return Name.takeError();
      Expected<section_iterator> Code = S->getSection();
      if (!Code)
        return Code.takeError();
      Expected<uint64_t> Offset = addendOf(R, **Array, File);
      if (!Offset)
        return Offset.takeError();
      const bool IsSection = ELFSymbolRef(*S).getELFType() == ELF::STT_SECTION;
      const uint64_t Index = *Code == File.section_end() ? 0 : (*Code)->getIndex() + 1;
      Into.Started.push_back({IsSection ? StringRef() : *Name, Index, codeAddress(*Offset, File)});
    }
  }
  return Error::success();
}

} // namespace

Error readStartArrays(const ELFObjectFileBase &File, Input &Into) {
  return Into.Kind == InputKind::Image ? ImageReader(File, Into).run() : readObject(File, Into);
}

} // namespace weir

#include "solver/Inputs.h"
#include "solver/Elf.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Object/Archive.h"

using namespace llvm;
using namespace llvm::object;

namespace weir {

Error inFile(StringRef File, Error E) {
  return createStringError(File + ": error: " + toString(std::move(E)));
}

namespace {

constexpr const char *NoFacts =
    "it has no facts; compile with the plugin, and keep section '.weir.facts' "
    "when linking and stripping";

/// LLVM says what is wrong with a file, but not what to do.
Error damaged(Error E) {
  std::string Message = toString(std::move(E));
  return createStringError(StringRef(Message).contains("; ") ? Message
                                                             : Message + "; build the file again");
}

/// Reads the files one by one into an InputSet. The messages of errors lack the file's name.
class InputReader {
public:
  explicit InputReader(bool FactsElsewhere) : FactsElsewhere(FactsElsewhere) {}

  Error readFile(StringRef Path) {
    ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer =
        MemoryBuffer::getFile(Path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (!Buffer)
      return createStringError("cannot read it: " + Buffer.getError().message() +
                               "; check the path");
    MemoryBufferRef Bytes = (*Buffer)->getMemBufferRef();
    Set.Buffers.push_back(std::move(*Buffer));
    switch (identify_magic(Bytes.getBuffer())) {
    case file_magic::archive:
      return readArchive(Path, Bytes);
    case file_magic::elf:
    case file_magic::elf_relocatable:
    case file_magic::elf_executable:
    case file_magic::elf_shared_object:
    case file_magic::elf_core:
      return readOneElf(Path, Bytes);
    case file_magic::bitcode:
      return createStringError(
          "it is LLVM bitcode, made for link-time optimisation; check the linked image");
    default:
      return readFactsFile(Path, Bytes.getBuffer());
    }
  }

  InputSet take() { return std::move(Set); }

private:
  Expected<Input> elfInput(std::string Name, MemoryBufferRef Bytes) {
    Expected<std::unique_ptr<ObjectFile>> File = ObjectFile::createELFObjectFile(Bytes);
    if (!File)
      return damaged(File.takeError());
    Input In;
    In.Name = std::move(Name);
    if (Error E = readElf(*cast<ELFObjectFileBase>(File->get()), In))
      return damaged(std::move(E));
    Set.Binaries.push_back(std::move(*File));
    return In;
  }

  Error readOneElf(StringRef Path, MemoryBufferRef Bytes) {
    Expected<Input> In = elfInput(Path.str(), Bytes);
    if (!In)
      return In.takeError();
    if (In->Blobs.empty() && !FactsElsewhere)
      return createStringError(NoFacts);
    Set.Inputs.push_back(std::move(*In));
    return Error::success();
  }

  Error readFactsFile(StringRef Path, StringRef Bytes) {
    StringRef Start = Bytes.ltrim('\0');
    if (!Start.starts_with(facts::Magic) && !facts::Magic.starts_with(Start))
      return createStringError(
          "it is not an ELF file, an archive or a facts file; give one of those");
    Input In;
    In.Name = Path.str();
    Expected<std::vector<facts::Blob>> Blobs = facts::scan(Bytes);
    if (!Blobs)
      return Blobs.takeError();
    In.Blobs = std::move(*Blobs);
    if (In.Blobs.empty())
      return createStringError("it is empty; build the facts file again");
    Set.Inputs.push_back(std::move(In));
    return Error::success();
  }

  Error readArchive(StringRef Path, MemoryBufferRef Bytes) {
    Expected<std::unique_ptr<Archive>> File = Archive::create(Bytes);
    if (!File)
      return damaged(File.takeError());
    size_t First = Set.Inputs.size();
    Error Iteration = Error::success();
    for (const Archive::Child &Member : (*File)->children(Iteration))
      if (Error E = readMember(Path, Member))
        return joinErrors(std::move(E), std::move(Iteration));
    if (Iteration)
      return damaged(std::move(Iteration));
    Set.Binaries.push_back(std::move(*File));
    if (!FactsElsewhere &&
        none_of(drop_begin(Set.Inputs, First), [](const Input &In) { return !In.Blobs.empty(); }))
      return createStringError(NoFacts);
    return Error::success();
  }

  /// A member without facts is kept: that it has functions of which nothing is known matters.
  Error readMember(StringRef Path, const Archive::Child &Member) {
    Expected<StringRef> Name = Member.getName();
    if (!Name)
      return damaged(Name.takeError());
    Expected<MemoryBufferRef> Bytes = Member.getMemoryBufferRef();
    if (!Bytes)
      return createStringError("member '" + *Name + "': " + toString(damaged(Bytes.takeError())));
    file_magic Kind = identify_magic(Bytes->getBuffer());
    if (Kind == file_magic::bitcode)
      return createStringError("member '" + *Name +
                               "' is LLVM bitcode, made for link-time optimisation; "
                               "check the linked image");
    if (Kind != file_magic::elf_relocatable) {
      Set.Warnings.push_back(
          (Path + ": warning: member '" + *Name + "' is not an ELF object and is passed over")
              .str());
      return Error::success();
    }
    Expected<Input> In = elfInput((Path + "(" + *Name + ")").str(), *Bytes);
    if (!In)
      return createStringError("member '" + *Name + "': " + toString(In.takeError()));
    In->FromArchive = true;
    Set.Inputs.push_back(std::move(*In));
    return Error::success();
  }

  bool FactsElsewhere;
  InputSet Set;
};

} // namespace

Expected<InputSet> readInputs(ArrayRef<std::string> Paths, bool FactsElsewhere) {
  InputReader Reader(FactsElsewhere);
  for (const std::string &Path : Paths)
    if (Error E = Reader.readFile(Path))
      return inFile(Path, std::move(E));
  return Reader.take();
}

} // namespace weir

#include "extract/Bitcode.h"
#include "extract/ClangCommand.h"
#include "extract/Process.h"
#include "extract/Toolchain.h"
#include "policy/NameList.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ThreadPool.h"

using namespace llvm;

namespace weir {
namespace {

Expected<std::string> compile(std::vector<std::string> Command, StringRef Directory) {
  Expected<TemporaryDirectory> Files = TemporaryDirectory::make();
  if (!Files)
    return Files.takeError();
  const std::string Output = Files->file("unit.bc");
  for (const char *Word :
       {"-emit-llvm", "-gline-tables-only", "-fno-lto", "-Xclang", "-disable-llvm-passes",
        "-Xclang", "-disable-O0-optnone", "-fno-strict-overflow", "-fno-strict-aliasing",
        "-fno-delete-null-pointer-checks", "-fno-finite-loops", "-o"})
    Command.push_back(Word);
  Command.push_back(Output);
  Expected<Outcome> Ran = runProgram(Command, Directory);
  if (!Ran)
    return Ran.takeError();
  if (Ran->Status != 0)
    return createStringError(firstError(Ran->Err));
  auto Bitcode = MemoryBuffer::getFile(Output, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!Bitcode)
    return createStringError("clang wrote no bitcode");
  return (*Bitcode)->getBuffer().str();
}

} // namespace

Expected<std::vector<UnitCode>>
compileToBitcode(const ExtractOptions &Options, function_ref<bool(const CompileCommand &)> Wanted) {
  Expected<std::vector<CompileCommand>> Commands = readCompileCommands(Options.Build);
  if (!Commands)
    return Commands.takeError();
  Toolchains Compilers(Options.Clang);
  std::vector<UnitCode> Units;
  std::vector<std::vector<std::string>> Lines;
  auto IsNamed = [&](const CompileCommand &C) {
    return Options.Only.empty() || any_of(Options.Only, [&](const std::string &Glob) {
             return isFileNamed(C.Source, Glob);
           });
  };
  for (CompileCommand &C : *Commands) {
    if (C.Lang == Language::Assembly || !IsNamed(C) || !Wanted(C))
      continue;
    Expected<ClangFlags> Flags = Compilers.flagsFor(C);
    if (!Flags)
      return createStringError(C.Source + ": error: " + toString(Flags.takeError()) +
                               "; install the compiler that the command names, or generate the "
                               "compile commands again");
    Lines.push_back(clangCommand(Options.Clang, Flags->Words, C));
    Units.push_back({std::move(C), {}, {}});
    if (!Flags->IsNative)
      Units.back().WhyNot = "it is compiled by another compiler than clang, which may evaluate "
                            "arguments in another order, and lay out records otherwise";
  }
  DefaultThreadPool Pool(hardware_concurrency(Options.Jobs));
  for (size_t I = 0; I < Units.size(); ++I) {
    if (!Units[I].WhyNot.empty())
      continue;
    Pool.async([&, I] {
      Expected<std::string> Bitcode = compile(Lines[I], Units[I].Unit.Directory);
      if (Bitcode)
        Units[I].Bitcode = std::move(*Bitcode);
      else
        Units[I].WhyNot = "clang cannot read it: " + toString(Bitcode.takeError());
    });
  }
  Pool.wait();
  return std::move(Units);
}

} // namespace weir

#include "refute/Bodies.h"
#include "refute/Adopt.h"

#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/Linker/Linker.h"

using namespace llvm;

namespace weir {
namespace {

/// The one unit that a command compiles; None where there is none or several.
uint32_t unitOf(const Program &P, const CompileCommand &Command) {
  uint32_t Found = None;
  for (uint32_t U = 0; U < P.Units.size(); ++U)
    if (isOfUnit(Command, P.Units[U].name())) {
      if (Found != None)
        return None;
      Found = U;
    }
  return Found;
}

} // namespace

bool isOfUnit(const CompileCommand &Command, StringRef UnitName) {
  return UnitName == Command.Source || UnitName == absoluteIn(Command.Directory, Command.Source);
}

Expected<Bodies> Bodies::make(const Program &P, const CallGraph &G, ArrayRef<ToTarget> Ways,
                              std::vector<UnitCode> Units, raw_ostream &Talk) {
  Agreement With(P, G, Ways);
  LLVMContext Context;
  Module Whole("program", Context);
  Linker Into(Whole);
  StringSet<> Defined;
  DenseMap<uint32_t, unsigned> Commands;
  for (const UnitCode &Code : Units)
    ++Commands[unitOf(P, Code.Unit)];
  for (UnitCode &Code : Units) {
    uint32_t U = unitOf(P, Code.Unit);
    if (U == None || Code.Bitcode.empty())
      continue;
    if (Commands[U] > 1) {
      // Which of them the facts are of is not known.
      Talk << Code.Unit.Source
           << ": warning: nothing is refuted by this unit: several commands compile it\n";
      continue;
    }
    Expected<std::unique_ptr<Module>> M =
        parseBitcodeFile(MemoryBufferRef(Code.Bitcode, Code.Unit.Source), Context);
    if (!M)
      return createStringError(Code.Unit.Source + ": error: " + toString(M.takeError()) +
                               "; give the clang of this LLVM with --clang");
    adoptUnit(**M, U, With, Whole, Defined);
    if (Whole.getDataLayout().isDefault()) {
      Whole.setTargetTriple((*M)->getTargetTriple());
      Whole.setDataLayout((*M)->getDataLayout());
    }
    if (Whole.getDataLayout() != (*M)->getDataLayout())
      return createStringError(Code.Unit.Source + ": error: its code is for another machine than "
                                                  "the other units'; give units of one program");
    (*M)->setTargetTriple(Whole.getTargetTriple());
    if (Into.linkInModule(std::move(*M)))
      return createStringError(Code.Unit.Source + ": error: its code does not fit the other "
                                                  "units'; give units of one program");
    Code.Bitcode.clear();
  }
  hideUndefined(Whole, Defined);
  Bodies Made;
  raw_svector_ostream Out(Made.Bytes);
  WriteBitcodeToFile(Whole, Out);
  return std::move(Made);
}

} // namespace weir

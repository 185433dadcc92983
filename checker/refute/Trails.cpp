#include "refute/Trails.h"
#include "refute/Marks.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/IR/DIBuilder.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace weir {
namespace {

class Writer {
public:
  Writer(const Program &P, const CallGraph &G, Module &M) : P(P), G(G), M(M) {}

  void run() {
    std::vector<std::pair<CallBase *, uint32_t>> Edges;
    for (Function &F : M)
      if (const NodeId N = nodeOf(F.getName()); N != None)
        for (Instruction &I : instructions(F))
          if (auto *Call = dyn_cast<CallBase>(&I); Call && !isa<IntrinsicInst>(Call))
            Edges.emplace_back(Call, edgeOf(*Call, N));
    StripDebugInfo(M);

    DIBuilder Builder(M);
    DIFile *File = Builder.createFile("program", "");
    Builder.createCompileUnit(dwarf::DW_LANG_C11, File, "", false, "", 0);
    DISubroutineType *Type = Builder.createSubroutineType(Builder.getOrCreateTypeArray({}));
    for (Function &F : M)
      if (!F.isDeclaration())
        F.setSubprogram(Builder.createFunction(File, F.getName(), "", File, 0, Type, 0,
                                               DINode::FlagZero, DISubprogram::SPFlagDefinition));
    Builder.finalize();
    for (auto [Call, Edge] : Edges) {
      Call->setDebugLoc(
          DILocation::get(M.getContext(), Edge + 1, 0, Call->getFunction()->getSubprogram()));
      Call->addFnAttr(Attribute::NoMerge); // two calls that are one are nowhere
    }
    M.addModuleFlag(Module::Warning, "Debug Info Version", DEBUG_METADATA_VERSION);
  }

private:
  /// The edge of a call, by where it is written; None, which becomes line 0, where none or several
  /// may be it.
  uint32_t edgeOf(const CallBase &Call, NodeId Caller) const {
    const Function *Callee = calleeOf(Call);
    const NodeId To = Callee ? nodeOf(Callee->getName()) : None;
    const DebugLoc &Written = Call.getDebugLoc();
    uint32_t Only = None;
    unsigned Count = 0;
    for (auto [I, E] : enumerate(G.from(Caller))) {
      if (Callee ? E.kind() != EdgeKind::Call || E.To != To : E.kind() != EdgeKind::Site)
        continue;
      Only = G.firstEdge(Caller) + static_cast<uint32_t>(I);
      ++Count;
      const facts::Location Where = placeOf(E);
      if (Written && Where.Line == Written.getLine() && Where.Column == Written.getCol())
        return Only;
    }
    return Count == 1 ? Only : None;
  }

  facts::Location placeOf(const Edge &E) const {
    if (E.kind() == EdgeKind::Call) {
      auto [U, I] = P.Calls.find(E.fact());
      return P.Units[U].Facts.Calls[I].Loc;
    }
    auto [U, I] = P.Sites.find(E.fact());
    return P.Units[U].Facts.Sites[I].Loc;
  }

  const Program &P;
  const CallGraph &G;
  Module &M;
};

} // namespace

void writeTrails(const Program &P, const CallGraph &G, Module &M) { Writer(P, G, M).run(); }

std::vector<Hop> trailOf(const CallBase &Call) {
  std::vector<Hop> Trail;
  for (const DILocation *At = Call.getDebugLoc(); At; At = At->getInlinedAt())
    Trail.push_back({nodeOf(At->getScope()->getSubprogram()->getName()), At->getLine() - 1});
  std::reverse(Trail.begin(), Trail.end());
  return Trail;
}

bool cameOutOf(const CallBase &Call, const Function &F) {
  for (const DILocation *At = Call.getDebugLoc(); At; At = At->getInlinedAt())
    if (At->getScope()->getSubprogram() == F.getSubprogram())
      return true;
  return false;
}

} // namespace weir

#include "frontend/InUnitCheck.h"

#include "llvm/ADT/DenseMap.h"
#include <algorithm>

using namespace llvm;

namespace weir::frontend {
namespace {

class Search {
public:
  Search(const facts::UnitFacts &Unit, Policy &Rules)
      : Unit(Unit), Rules(Rules), CallsOf(Unit.Functions.size()),
        Annotations(Unit.Functions.size()) {
    for (const facts::Annotation &A : Unit.Annotations)
      Annotations[A.Target].push_back(Unit.Strings[A.Text]);
    for (uint32_t I = 0; I < Unit.Calls.size(); ++I)
      CallsOf[Unit.Calls[I].Caller].push_back(I);
  }

  std::vector<BannedPath> run() {
    for (uint32_t Row = 0; Row < Unit.Functions.size(); ++Row) {
      const facts::Function &F = Unit.Functions[Row];
      const bool Defined =
          (F.Flags & facts::FnDefined) && !(F.Flags & facts::FnAvailableExternally);
      const RootTraits Traits{Defined, (F.Flags & facts::FnNonAllocating) != 0, Annotations[Row]};
      const RootKind Kind = Rules.root(name(Row), Traits);
      // Whether only init code reaches a function, one unit cannot tell.
      if (Kind == RootKind::WholeProgram && Rules.hasInit())
        continue;
      if (Defined && Kind != RootKind::None && !Rules.banned(name(Row)) && !Rules.init(name(Row)))
        searchFrom(Row, /*Follow=*/Kind == RootKind::Named);
    }
    return std::move(Found);
  }

private:
  /// A function as the policy knows it: with its file where it is defined here.
  SymbolName name(uint32_t Row) const {
    const facts::Function &F = Unit.Functions[Row];
    if (!(F.Flags & facts::FnDefined))
      return Unit.Strings[F.Name];
    return {Unit.Strings[F.Name], Unit.Strings[Unit.Name], Unit.Strings[F.Loc.File]};
  }

  /// Whether the body the program will run is the one seen here, and is no init code.
  bool isFollowed(uint32_t Row) {
    const uint32_t Flags = Unit.Functions[Row].Flags;
    return (Flags & facts::FnDefined) && !(Flags & facts::FnWeak) && !Rules.init(name(Row));
  }

  /// Breadth first, so that each path found is a shortest one.
  void searchFrom(uint32_t Root, bool Follow) {
    DenseMap<uint32_t, uint32_t> ReachedBy; // function to the call that first reached it
    std::vector<uint32_t> Queue{Root};
    for (size_t Next = 0; Next < Queue.size(); ++Next)
      for (uint32_t CallIndex : CallsOf[Queue[Next]]) {
        const facts::Call &Call = Unit.Calls[CallIndex];
        if (Call.Callee == Root || ReachedBy.count(Call.Callee) ||
            Rules.allow(name(Call.Caller), name(Call.Callee)))
          continue;
        ReachedBy[Call.Callee] = CallIndex;
        if (Rules.banned(name(Call.Callee)))
          Found.push_back(pathTo(Call.Callee, Root, ReachedBy));
        else if (Follow && isFollowed(Call.Callee))
          Queue.push_back(Call.Callee);
      }
  }

  BannedPath pathTo(uint32_t Banned, uint32_t Root,
                    const DenseMap<uint32_t, uint32_t> &ReachedBy) const {
    BannedPath Path;
    for (uint32_t At = Banned; At != Root; At = Unit.Calls[Path.back()].Caller)
      Path.push_back(ReachedBy.lookup(At));
    std::reverse(Path.begin(), Path.end());
    return Path;
  }

  const facts::UnitFacts &Unit;
  Policy &Rules;
  std::vector<std::vector<uint32_t>> CallsOf;
  std::vector<std::vector<StringRef>> Annotations; ///< by function
  std::vector<BannedPath> Found;
};

} // namespace

std::vector<BannedPath> findBannedPaths(const facts::UnitFacts &Unit, Policy &Rules) {
  return Search(Unit, Rules).run();
}

} // namespace weir::frontend

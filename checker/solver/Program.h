// The program: its functions after symbol resolution, and the facts behind each.
//
// A node is a function of the program. A unit's local function is a node of its own; functions of
// one global name are one node, whatever the number of units that define or declare them.
#ifndef WEIR_SOLVER_PROGRAM_H
#define WEIR_SOLVER_PROGRAM_H

#include "policy/Policy.h"
#include "solver/NameTable.h"
#include "solver/Units.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"

#include <optional>

namespace weir {

/// A fact of any unit, numbered through all units (see FactTable).
using FactId = uint32_t;

/// Numbers the entries of one table through all units.
class FactTable {
public:
  void addUnit(size_t Entries) { Base.push_back(Base.back() + static_cast<uint32_t>(Entries)); }
  size_t size() const { return Base.back(); }
  FactId id(uint32_t Unit, uint32_t Entry) const { return Base[Unit] + Entry; }
  /// The unit and the entry that an id stands for; O(log units).
  std::pair<uint32_t, uint32_t> find(FactId Id) const;

private:
  std::vector<uint32_t> Base = {0};
};

/// What is known of a node. The solver's passes add to it.
struct Node {
  llvm::StringRef Name;
  FactId Function = None;   ///< the definition, else a declaration; None: seen in an image only
  bool HasBody = false;     ///< facts of a definition are known
  bool InProgram = false;   ///< part of what the root "*" stands for
  bool InImage = false;     ///< an image's symbol table defines it, as code
  bool IsLabel = false;     ///< an image's symbol table has its name as something else
  bool IsMember = false;    ///< its definition is machine code of a library
  bool Entered = false;     ///< a constructor, retained, or held by a static initialiser
  bool RunsAtStart = false; ///< a constructor or destructor: main is not the first, or not the last
  bool NonAllocating = false; ///< annotated so
  bool MayRun = true;         ///< not left out of the image, see findWhatRuns
};

/// A function that a symbol table defines and of which there are no facts.
struct UnknownFunction {
  llvm::StringRef Name;
  const Input *In;
};

/// A name that a symbol table puts at the address of another function.
struct SameCode {
  NodeId Name;
  NodeId Target;
};

class Program {
public:
  std::vector<Unit> Units;
  FactTable Functions, Calls, Sites, Addresses, Aliases, Casts;
  std::vector<Node> Nodes;
  std::vector<NodeId> NodeOf; ///< by function fact
  llvm::BitVector Kept;       ///< by function fact: its body is part of the program
  std::vector<UnknownFunction> Unknown;
  std::vector<SameCode> SameCodes;
  /// Functions with bodies of their own that an image has at one address: folded, or one of them
  /// put in the place of the other by `ld --defsym`.
  std::vector<SameCode> Folded;
  std::vector<UnknownFunction> UnknownAtStart; ///< of Unknown, those that run before or after main
  /// Functions by the names that `ld --wrap` makes.
  static constexpr llvm::StringLiteral WrapPrefix = "__wrap_";
  std::vector<NodeId> Wrappers;
  std::vector<SameCode> Wraps; ///< `f` and `__wrap_f`, which `ld --wrap=f` calls in its place
  bool HasImage = false;
  bool ImageHasLocals = false; ///< there is an image, and its symbol table has local functions
  bool IsStaticImage = false;  ///< there is an image, and no loader adds to it

  NodeId node(uint32_t Unit, uint32_t Function) const {
    return NodeOf[Functions.id(Unit, Function)];
  }
  /// The nodes of a unit's functions, by their index in it.
  llvm::ArrayRef<NodeId> nodesOf(uint32_t Unit) const {
    return llvm::ArrayRef<NodeId>(NodeOf).slice(Functions.id(Unit, 0),
                                                Units[Unit].Facts.Functions.size());
  }
  bool kept(uint32_t Unit, uint32_t Function) const { return Kept[Functions.id(Unit, Function)]; }
  /// The node of a global name, or None.
  NodeId global(llvm::StringRef Name) const;
  NodeId addNode(llvm::StringRef Name);
  /// Whether a unit of the program may have been made without its source, from an object or from
  /// bitcode, so that what it stores and casts is not known. Such a unit has no types.
  bool hasUnitWithoutSource() const;
  /// The source file of a unit's local function, else nothing: global names need none.
  llvm::StringRef fileOfLocal(NodeId N) const;
  /// A node as a policy knows it: with the file that defines it, where one does.
  SymbolName policyName(NodeId N) const;
  /// The same for one policy: where a function is defined costs a search, and few ask for it.
  SymbolName nameFor(const Policy &Rules, NodeId N) const {
    return Rules.namesFiles() ? policyName(N) : SymbolName(Nodes[N].Name);
  }
  /// What tells a node from all others: its name, of a local function `file:name`.
  std::string symbolOf(NodeId N) const;

private:
  friend class Resolver;
  NodeId addNode(llvm::StringRef Name, const NameTable::Key &Key);

  NameTable Globals;
};

/// Tells which function holds an address that one of a unit's functions takes.
class Holders {
public:
  Holders(const Program &P, uint32_t Unit);
  /// The function, or None when it is not known to be one: an object, or a constructor or
  /// destructor, of which the facts may name another variant than the one that runs.
  NodeId of(const facts::Address &A) const;

private:
  const Unit &Owner;
  std::vector<NodeId> NodeOfName; ///< by the unit's strings
};

/// Resolves symbols as a linker does: a strong definition goes before weak ones, a unit's before a
/// library's, the first library member before later ones; COMDAT and weak definitions that could
/// each be the one are all kept. An error is a whole line: two units that both define a symbol, a
/// cycle of aliases.
llvm::Expected<Program> resolveSymbols(std::vector<Unit> Units);

/// Finds the functions of the inputs' symbol tables among the nodes, and those that are not there.
void matchSymbolTables(const InputSet &Set, Program &P);

/// Finds the functions that a linker left out of an image and that nothing in it was made from. An
/// image without local symbols does not tell: everything may run.
void findWhatRuns(Program &P);

} // namespace weir

#endif

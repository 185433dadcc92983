// The call graph as the policy sees it.
//
// Nodes are the program's functions and, after them, the target classes of indirect calls. Edges
// that the policy cuts are not there: those out of banned functions and init code, and the calls
// that it allows. Edges lie in one array, sorted by where they start (compressed sparse rows).
#ifndef WEIR_SOLVER_CALLGRAPH_H
#define WEIR_SOLVER_CALLGRAPH_H

#include "policy/Policy.h"
#include "solver/IndirectCalls.h"
#include "solver/Roots.h"
#include "solver/Rows.h"

namespace weir {

enum class EdgeKind : uint8_t {
  Call,     ///< function to function; the fact is a call
  Site,     ///< function to class; the fact is a site
  Address,  ///< class, or ifunc, to function; the fact is an address
  Alias,    ///< name to function, or to a class without target; the fact is an alias
  SameCode, ///< name to function at one address of an image; no fact
  Include,  ///< class to class; no fact
};

struct Edge {
  NodeId To;
  uint32_t Origin; ///< EdgeKind in the upper three bits, the fact below

  static constexpr unsigned FactBits = 29;
  static Edge make(NodeId To, EdgeKind Kind, FactId Fact) {
    return {To, static_cast<uint32_t>(Kind) << FactBits | (Fact & ((1u << FactBits) - 1))};
  }
  EdgeKind kind() const { return static_cast<EdgeKind>(Origin >> FactBits); }
  FactId fact() const { return Origin & ((1u << FactBits) - 1); }
};

class CallGraph {
public:
  size_t size() const { return Edges.count(); }
  size_t edgeCount() const { return Edges.itemCount(); }
  size_t functionCount() const { return Functions; }
  bool isClass(NodeId N) const { return N >= Functions; }
  ClassId classOf(NodeId N) const { return N - static_cast<NodeId>(Functions); }

  llvm::ArrayRef<Edge> from(NodeId N) const { return Edges[N]; }
  uint32_t firstEdge(NodeId N) const { return Edges.first(N); }
  /// The edges by where they start.
  const Rows<Edge> &rows() const { return Edges; }
  const Edge &edge(uint32_t Index) const { return Edges.item(Index); }

  /// What a path pays for an edge: a direct call 1, one through a pointer of known type 3, a cast
  /// of that pointer on the way 5 (2 for the cast, 3 for the type it comes from), and the
  /// more the less is known of the type, so that the shortest path is the one that is easiest to
  /// believe. It depends on the ends alone: whoever searches need not look at the edge itself.
  unsigned cost(NodeId From, NodeId To) const {
    return isClass(To) ? CostOfClass[classOf(To)] : isClass(From) ? 0 : 1;
  }
  static constexpr unsigned MaxCost = 100;

  std::vector<TargetClass> Classes;
  llvm::BitVector Unresolved; ///< by class: calls that go there may go anywhere
  llvm::BitVector Banned;     ///< by function
  llvm::BitVector Init;       ///< by function
  llvm::BitVector RunsInit;   ///< by function: a root that may lead to init code
  /// What a banned function is banned as, where that is not its own name: an alias of it.
  llvm::DenseMap<NodeId, NodeId> BannedAs;
  bool StartsInMain = false; ///< constructors run before a root and destructors after it
  std::vector<Root> Roots;   ///< ascending by node; none is banned or init code

private:
  friend class GraphBuilder;
  size_t Functions = 0;
  Rows<Edge> Edges;
  std::vector<uint8_t> CostOfClass; ///< apart from the classes, which are large
};

/// The graph of the program under the policy; marks in that which entries were of use.
CallGraph buildCallGraph(const Program &P, Policy &Rules);

} // namespace weir

#endif

// The solver's parts on small programs that are made in memory.

#include "facts/Encode.h"
#include "solver/Findings.h"
#include "solver/Names.h"
#include "solver/Options.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

using namespace llvm;
using namespace weir;

namespace {

TEST(Names, TypesReadAsClangPrintsThem) {
  EXPECT_EQ(readableType("_ZTSFPvjE.generalized"), "void *(unsigned int)");
  EXPECT_EQ(readableType("_ZTSFvPvS_E.generalized"), "void (void *, void *)");
  EXPECT_EQ(readableType("_ZTSFPPcPKcE.generalized"), "char **(char const *)");
  EXPECT_EQ(readableType("_ZTSFvvE.generalized"), "void ()");
  EXPECT_EQ(readableType("1a2b3c4d"), "1a2b3c4d");
  EXPECT_EQ(readableName("_ZN3Log3putEc"), "Log::put(char)");
  EXPECT_EQ(readableName("main"), "main");
}

TEST(NameTable, KeepsEveryNameWhileItGrows) {
  NameTable Table;
  for (NodeId N = 0; N < 100000; ++N)
    ASSERT_EQ(Table.findOrInsert(NameTable::key("f" + std::to_string(N)), N), N);
  for (NodeId N = 0; N < 100000; ++N)
    ASSERT_EQ(Table.findOrInsert(NameTable::key("f" + std::to_string(N)), 7), N);
  EXPECT_EQ(Table.find(NameTable::key("f100000")), None);
}

/// A program of functions f0, f1, ... with given calls, all in one unit.
struct Sample {
  InputSet Set;
  std::vector<std::set<unsigned>> Callees;

  explicit Sample(unsigned Count) : Callees(Count) { Set.Inputs.resize(1); }

  Program program() const {
    facts::UnitFacts U;
    U.Name = U.Strings.intern("sample.c");
    U.Scheme = U.Strings.intern("none");
    for (unsigned I = 0; I < Callees.size(); ++I)
      U.Functions.push_back({U.Strings.intern("f" + std::to_string(I)), facts::FnDefined, 0, {}});
    for (unsigned From = 0; From < Callees.size(); ++From)
      for (unsigned To : Callees[From])
        U.Calls.push_back({From, To, 0, {}});
    std::vector<Unit> Units;
    Units.push_back({std::move(U), 1, &Set.Inputs.front()});
    return cantFail(resolveSymbols(std::move(Units)));
  }

  /// The functions that From reaches, by a search that shares nothing with the solver.
  std::set<unsigned> reachable(unsigned From, unsigned Stop) const {
    std::set<unsigned> Seen = {From};
    std::vector<unsigned> Work = {From};
    while (!Work.empty()) {
      unsigned At = Work.back();
      Work.pop_back();
      if (At == Stop)
        continue;
      for (unsigned To : Callees[At])
        if (Seen.insert(To).second)
          Work.push_back(To);
    }
    return Seen;
  }
};

CallGraph graph(const Program &P, StringRef Banned) {
  std::string Text = ("[ban]\npresets = []\nfunctions = ['" + Banned + "']\n").str();
  Policy Rules = cantFail(Policy::parse(Text, "weir.toml"));
  return buildCallGraph(P, Rules);
}

Sample randomSample(std::mt19937 &Random) {
  Sample S(2 + Random() % 12);
  unsigned Edges = Random() % (2 * S.Callees.size() + 1);
  for (unsigned I = 0; I < Edges; ++I)
    S.Callees[Random() % S.Callees.size()].insert(Random() % S.Callees.size());
  return S;
}

/// f0 is banned. Against the plain search: who reaches it, by what path, and which starts are
/// outermost.
TEST(Reachability, AgreesWithAPlainSearchOnRandomGraphs) {
  std::mt19937 Random(7);
  for (int Round = 0; Round < 2000; ++Round) {
    Sample S = randomSample(Random);
    Program P = S.program();
    CallGraph G = graph(P, "f0");
    ReverseGraph Reverse(G);
    ToTarget To(G, Reverse, 0);
    FromRoots Forward(G);
    std::vector<NodeId> Starts;
    bool AnyReaches = false;
    for (unsigned N = 1; N < S.Callees.size(); ++N) {
      bool Reaches = S.reachable(N, 0).count(0);
      AnyReaches |= Reaches;
      ASSERT_EQ(To.reaches(N), Reaches);
      if (!Reaches)
        continue;
      Starts.push_back(N);
      Path Steps = To.pathFrom(N);
      ASSERT_EQ(Steps.size(), To.distance(N));
      ASSERT_EQ(Steps.front().From, N);
      ASSERT_EQ(G.edge(Steps.back().Edge).To, 0u);
      for (const Step &Hop : Steps)
        ASSERT_TRUE(S.Callees[Hop.From].count(G.edge(Hop.Edge).To));
    }
    ASSERT_EQ(Forward.reached(0), AnyReaches);
    std::vector<NodeId> Outer = Outermost(G, Reverse, Starts).leadingTo(To);
    for (NodeId Start : Starts) {
      auto ReachedBy = [&](NodeId Other) { return S.reachable(Other, 0).count(Start) != 0; };
      ASSERT_TRUE(llvm::any_of(Outer, ReachedBy)) << "a start that no reported one reaches";
    }
    for (NodeId One : Outer)
      for (NodeId Other : Outer)
        ASSERT_TRUE(One == Other || !S.reachable(One, 0).count(Other));
  }
}

TEST(Graph, HasEveryEdgeOfTheFacts) {
  std::mt19937 Random(11);
  for (int Round = 0; Round < 500; ++Round) {
    Sample S = randomSample(Random);
    Program P = S.program();
    CallGraph G = graph(P, "nothing");
    for (unsigned From = 0; From < S.Callees.size(); ++From) {
      std::set<unsigned> Seen;
      for (const Edge &E : G.from(From))
        Seen.insert(E.To);
      ASSERT_EQ(Seen, S.Callees[From]);
    }
  }
}

TEST(Options, AreRead) {
  const char *Arguments[] = {"--policy=p.toml", "a.o", "--color", "never", "--", "--b.o"};
  Options O = cantFail(parseOptions(Arguments));
  EXPECT_EQ(O.PolicyPath, "p.toml");
  EXPECT_EQ(O.Colors, Color::Never);
  EXPECT_EQ(O.Paths, (std::vector<std::string>{"a.o", "--b.o"}));
  const char *DumpArguments[] = {"dump", "a.o"};
  EXPECT_EQ(cantFail(parseOptions(DumpArguments)).What, Command::Dump);
}

} // namespace

#include "output/Emitters.h"

#include "llvm/Demangle/Demangle.h"
#include "llvm/Support/GraphWriter.h"

#include <map>
#include <set>

using namespace llvm;

namespace weir {
namespace {

/// The hops of all findings: functions are nodes, hops edges, each once.
class WitnessGraph {
public:
  explicit WitnessGraph(const Report &Result) {
    for (const Finding &F : Result.Findings)
      add(F);
  }

  void write(raw_ostream &Out) const {
    Out << "digraph weir {\n  node [shape=box];\n";
    for (const auto &[Name, Role] : Roles)
      Out << "  " << quoted(Name) << " [label=" << quoted(readable(Name)) << style(Role) << "];\n";
    for (const auto &[Ends, Places] : Edges)
      for (const std::string &Label : Places)
        Out << "  " << quoted(Ends.first) << " -> " << quoted(Ends.second)
            << " [label=" << quoted(Label) << "];\n";
    Out << "}\n";
  }

private:
  enum Role : uint8_t { Root = 1, Banned = 2, Unknown = 4 };

  void add(const Finding &F) {
    const Remark *First = nullptr, *Last = nullptr;
    for (const Remark &Hop : F.Notes) {
      if (!Hop.isHop())
        continue;
      First = First ? First : &Hop;
      Last = &Hop;
      Roles.try_emplace(Hop.From);
      Roles.try_emplace(target(Hop));
      Edges[{Hop.From, target(Hop)}].insert(label(Hop.At));
    }
    if (!First)
      return;
    Roles[First->From] |= Root;
    Roles[target(*Last)] |= F.Means == Verdict::Violation  ? Banned
                            : F.Means == Verdict::Unproven ? Unknown
                                                           : Root;
  }

  static std::string target(const Remark &Hop) { return Hop.To.empty() ? "?" : Hop.To; }

  static std::string label(const Place &At) {
    return At.Line ? At.File + ":" + std::to_string(At.Line) : At.File;
  }

  static std::string quoted(StringRef Text) { return "\"" + DOT::EscapeString(Text.str()) + "\""; }

  /// A symbol as its programmer wrote it, under the file of one that is local.
  static std::string readable(StringRef Symbol) {
    auto [File, Name] = Symbol.rsplit(':');
    return Name.empty() ? demangle(File.str()) : demangle(Name.str()) + "\n" + File.str();
  }

  static StringRef style(uint8_t Role) {
    if (Role & Banned)
      return ", style=filled, fillcolor=\"#f4b6b6\"";
    if (Role & Unknown)
      return ", style=filled, fillcolor=\"#f4e3b6\"";
    return Role & Root ? ", style=bold" : "";
  }

  std::map<std::string, uint8_t> Roles;
  std::map<std::pair<std::string, std::string>, std::set<std::string>> Edges;
};

} // namespace

void writeDot(const Report &Result, raw_ostream &Out) { WitnessGraph(Result).write(Out); }

} // namespace weir

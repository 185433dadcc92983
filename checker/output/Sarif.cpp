#include "output/Emitters.h"
#include "output/Rules.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"

#include <map>

using namespace llvm;

namespace weir {
namespace {

constexpr const char *Schema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json";

/// A path as a URI reference (RFC 3986): an absolute one gets the scheme `file`.
std::string uriOf(StringRef Path) {
  std::string Uri = Path.starts_with("/") ? "file://" : "";
  for (char C : Path)
    if (isAlnum(C) || StringRef("/-._~").contains(C))
      Uri += C;
    else
      Uri += "%" + toHex(StringRef(&C, 1));
  return Uri;
}

StringRef levelOf(Verdict V) {
  switch (V) {
  case Verdict::Clean:
    return "note";
  case Verdict::Violation:
    return "error";
  case Verdict::Unproven:
    return "warning";
  }
  llvm_unreachable("every verdict has a level");
}

class SarifWriter {
public:
  SarifWriter(const Report &Result, raw_ostream &Out) : Result(Result), J(Out, /*IndentSize=*/2) {}

  void write() {
    J.object([&] {
      J.attribute("$schema", Schema);
      J.attribute("version", "2.1.0");
      J.attributeArray("runs", [&] { J.object([&] { writeRun(); }); });
    });
  }

private:
  void writeRun() {
    J.attributeObject("tool", [&] { J.attributeObject("driver", [&] { writeDriver(); }); });
    J.attributeArray("results", [&] {
      for (const Finding &F : Result.Findings)
        J.object([&] { writeResult(F); });
    });
    J.attributeObject("properties", [&] { J.attribute("verdict", nameOf(Result.verdict())); });
  }

  void writeDriver() {
    J.attribute("name", "weir-check");
    J.attribute("version", ToolVersion);
    J.attributeArray("rules", [&] {
      for (const RuleText &Rule : ruleTexts())
        J.object([&] {
          J.attribute("id", Rule.Slug);
          writeMessage("shortDescription", Rule.Short);
          writeMessage("help", Rule.Help);
        });
    });
  }

  void writeResult(const Finding &F) {
    J.attribute("ruleId", F.Rule);
    auto Rule = find_if(ruleTexts(), [&](const RuleText &R) { return R.Slug == F.Rule; });
    if (Rule != ruleTexts().end())
      J.attribute("ruleIndex", Rule - ruleTexts().begin());
    J.attribute("level", levelOf(F.Means));
    std::string Text = F.Main.Text;
    for (const Remark &R : F.Notes)
      if (!R.isHop())
        Text += "\n" + R.Text;
    writeMessage("message", Text);
    J.attributeArray("locations", [&] { J.object([&] { writePhysical(F.Main.At); }); });
    if (any_of(F.Notes, [](const Remark &R) { return R.isHop(); }))
      writeCodeFlow(F);
    // Two findings of one function, like two calls in it, are told apart by their order.
    std::string Print = fingerprint(F);
    unsigned Nth = ++Seen[Print];
    J.attributeObject("partialFingerprints",
                      [&] { J.attribute("weir/v1", Print + ":" + std::to_string(Nth)); });
    J.attributeObject("properties", [&] { J.attribute("verdict", nameOf(F.Means)); });
  }

  void writeCodeFlow(const Finding &F) {
    J.attributeBegin("codeFlows");
    J.array([&] {
      J.object([&] {
        J.attributeArray("threadFlows", [&] {
          J.object([&] {
            J.attributeArray("locations", [&] {
              for (auto [Depth, R] :
                   enumerate(make_filter_range(F.Notes, [](const Remark &R) { return R.isHop(); })))
                writeHop(R, Depth);
            });
          });
        });
      });
    });
    J.attributeEnd();
  }

  void writeHop(const Remark &Hop, size_t Depth) {
    J.object([&] {
      J.attributeObject("location", [&] {
        writePhysical(Hop.At);
        writeMessage("message", Hop.Text);
      });
      J.attribute("nestingLevel", static_cast<int64_t>(Depth));
    });
  }

  void writePhysical(const Place &At) {
    if (At.File.empty())
      return;
    J.attributeObject("physicalLocation", [&] {
      J.attributeObject("artifactLocation", [&] { J.attribute("uri", uriOf(At.File)); });
      if (!At.Line)
        return;
      J.attributeObject("region", [&] {
        J.attribute("startLine", At.Line);
        if (At.Column)
          J.attribute("startColumn", At.Column);
      });
    });
  }

  void writeMessage(StringRef Key, StringRef Text) {
    J.attributeObject(Key, [&] { J.attribute("text", json::fixUTF8(Text)); });
  }

  const Report &Result;
  json::OStream J;
  std::map<std::string, unsigned> Seen;
};

} // namespace

void writeSarif(const Report &Result, raw_ostream &Out) {
  SarifWriter(Result, Out).write();
  Out << '\n';
}

} // namespace weir

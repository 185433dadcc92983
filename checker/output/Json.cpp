#include "output/Emitters.h"

#include "llvm/Support/JSON.h"

using namespace llvm;

namespace weir {

const char ToolVersion[] = WEIR_VERSION;

namespace {

void writePlace(json::OStream &J, const Place &At) {
  if (!At.File.empty())
    J.attribute("file", json::fixUTF8(At.File));
  if (At.Line)
    J.attribute("line", At.Line);
  if (At.Line && At.Column)
    J.attribute("column", At.Column);
}

void writeRemark(json::OStream &J, const Remark &R) {
  J.object([&] {
    if (R.isHop())
      J.attribute("from", json::fixUTF8(R.From));
    if (!R.To.empty())
      J.attribute("to", json::fixUTF8(R.To));
    J.attribute("text", json::fixUTF8(R.Text));
    writePlace(J, R.At);
  });
}

void writeKey(json::OStream &J, const FindingKey &K) {
  J.object([&] {
    for (auto [Name, Value] : {std::pair("root", &K.Root), std::pair("caller", &K.Caller),
                               std::pair("callee", &K.Callee)})
      if (!Value->empty())
        J.attribute(Name, json::fixUTF8(*Value));
  });
}

void writeFinding(json::OStream &J, const Finding &F) {
  J.object([&] {
    J.attribute("rule", F.Rule);
    J.attribute("verdict", nameOf(F.Means));
    J.attribute("fingerprint", fingerprint(F));
    J.attribute("message", json::fixUTF8(F.Main.Text));
    writePlace(J, F.Main.At);
    J.attributeArray("symbols", [&] {
      for (const FindingKey &K : F.Keys)
        writeKey(J, K);
    });
    J.attributeArray("path", [&] {
      for (const Remark &R : F.Notes)
        if (R.isHop())
          writeRemark(J, R);
    });
    J.attributeArray("notes", [&] {
      for (const Remark &R : F.Notes)
        if (!R.isHop())
          writeRemark(J, R);
    });
  });
}

} // namespace

void writeJson(const Report &Result, raw_ostream &Out) {
  json::OStream J(Out, /*IndentSize=*/2);
  J.object([&] {
    J.attribute("format", "weir-findings");
    J.attribute("version", 1);
    J.attributeObject("tool", [&] {
      J.attribute("name", "weir-check");
      J.attribute("version", ToolVersion);
    });
    J.attribute("verdict", nameOf(Result.verdict()));
    J.attribute("functions", static_cast<int64_t>(Result.Functions));
    J.attribute("units", static_cast<int64_t>(Result.Units));
    J.attributeArray("findings", [&] {
      for (const Finding &F : Result.Findings)
        writeFinding(J, F);
    });
    J.attributeArray("refuted", [&] {
      for (const FindingKey &K : Result.Refuted)
        writeKey(J, K);
    });
  });
  Out << '\n';
}

} // namespace weir

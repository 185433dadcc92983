#include "solver/Baseline.h"
#include "output/Rules.h"
#include "policy/Toml.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <set>

using namespace llvm;

namespace weir {

static constexpr int64_t BaselineVersion = 1;
static constexpr const char *Remake = "; take it from version control, or remove it and make it "
                                      "anew with --update-baseline";

class BaselineReader {
public:
  explicit BaselineReader(StringRef File) { Result.File = File.str(); }

  Expected<Baseline> read(StringRef Text) {
    toml::parse_result Parsed = toml::parse(std::string_view(Text.data(), Text.size()));
    if (!Parsed)
      return wrong(Parsed.error().source(), StringRef(Parsed.error().description().data(),
                                                      Parsed.error().description().size()));
    const toml::table &Top = Parsed.table();
    if (Top["version"].value<int64_t>() != BaselineVersion)
      return wrong(Top.source(), "the baseline has another version than " + Twine(BaselineVersion));
    const toml::array *Findings = Top.get_as<toml::array>("findings");
    if (!Findings)
      return wrong(Top.source(), "the baseline lacks its array 'findings'");
    for (const toml::node &Entry : *Findings)
      if (!add(Entry))
        return wrong(Entry.source(), "the entry is not a table of rule, root, caller and callee");
    return std::move(Result);
  }

private:
  Error wrong(const toml::source_region &Where, const Twine &What) {
    std::string Line = Result.File;
    if (Where.begin.line)
      Line += (":" + Twine(Where.begin.line) + ":" + Twine(Where.begin.column)).str();
    return createStringError(Line + ": error: " + What + Remake);
  }

  bool add(const toml::node &Entry) {
    const toml::table *Table = Entry.as_table();
    if (!Table)
      return false;
    FindingKey Key;
    for (auto &&[Name, Value] : *Table) {
      std::string *Field = Name.str() == "rule"     ? &Key.Rule
                           : Name.str() == "root"   ? &Key.Root
                           : Name.str() == "caller" ? &Key.Caller
                           : Name.str() == "callee" ? &Key.Callee
                                                    : nullptr;
      if (!Field || !Value.is_string())
        return false;
      *Field = Value.as_string()->get();
    }
    Result.Accepted[Key] = {static_cast<unsigned>(Entry.source().begin.line),
                            static_cast<unsigned>(Entry.source().begin.column)};
    return !Key.Rule.empty();
  }

  Baseline Result;
};

Expected<Baseline> Baseline::load(StringRef Path) {
  auto Buffer = MemoryBuffer::getFile(Path, /*IsText=*/true);
  if (std::error_code E = Buffer.getError())
    return createStringError(Path + ": error: cannot read the baseline: " + E.message() +
                             "; make it with --update-baseline");
  return BaselineReader(Path).read((*Buffer)->getBuffer());
}

/// Mistakes in a policy are corrected, not accepted.
static bool canBeAccepted(const FindingKey &K) {
  return K.Rule != RuleUnusedPolicy && K.Rule != RuleExpiredPolicy;
}

static std::string words(const FindingKey &K) {
  std::string Text = K.Rule;
  for (const std::string *Part : {&K.Root, &K.Caller, &K.Callee})
    if (!Part->empty())
      Text += " " + *Part;
  return Text;
}

void Baseline::apply(Report &Result) const {
  std::set<FindingKey> Found;
  for (const Finding &F : Result.Findings)
    Found.insert(F.Keys.begin(), F.Keys.end());
  erase_if(Result.Findings, [&](const Finding &F) {
    return all_of(F.Keys, [&](const FindingKey &K) { return Accepted.count(K) != 0; });
  });
  for (const auto &[Key, At] : Accepted)
    if (!Found.count(Key)) {
      Place Where{File, At.Line, At.Column};
      Result.Findings.push_back(
          {RuleStaleBaseline,
           Verdict::Violation,
           {Where, "'" + words(Key) + "' is in the baseline, but is found no more"},
           {{Where, "take it out: --update-baseline does, and a baseline never grows again"}},
           {{RuleStaleBaseline, Key.Root, Key.Caller, Key.Callee}}});
    }
  llvm::sort(Result.Findings);
}

/// A basic TOML string.
static std::string quoted(StringRef Text) {
  std::string Quoted = "\"";
  for (char C : Text) {
    if (C == '"' || C == '\\')
      Quoted += '\\';
    if (static_cast<unsigned char>(C) < 0x20 || C == 0x7f)
      Quoted += ("\\u00" + Twine::utohexstr(0x100 + static_cast<unsigned char>(C)).str().substr(1));
    else
      Quoted += C;
  }
  return Quoted + "\"";
}

static void writeKeys(const std::set<FindingKey> &Keys, raw_ostream &Out) {
  Out << "# What weir-check has found here and the project has accepted for now. Written by\n"
         "# --update-baseline, which only takes entries out; one that is found no more is an "
         "error.\n"
         "version = "
      << BaselineVersion << "\nfindings = [\n";
  for (const FindingKey &K : Keys) {
    Out << "  { rule = " << quoted(K.Rule);
    for (auto [Name, Value] : {std::pair("root", &K.Root), std::pair("caller", &K.Caller),
                               std::pair("callee", &K.Callee)})
      if (!Value->empty())
        Out << ", " << Name << " = " << quoted(*Value);
    Out << " },\n";
  }
  Out << "]\n";
}

Error Baseline::update(StringRef Path, const Report &Result) {
  std::set<FindingKey> Keys;
  for (const Finding &F : Result.Findings)
    for (const FindingKey &K : F.Keys)
      if (canBeAccepted(K))
        Keys.insert(K);
  if (sys::fs::exists(Path)) {
    Expected<Baseline> Old = load(Path);
    if (!Old)
      return Old.takeError();
    for (auto It = Keys.begin(); It != Keys.end();)
      It = Old->Accepted.count(*It) ? std::next(It) : Keys.erase(It);
  }
  Error E = writeToOutput(Path, [&](raw_ostream &Out) {
    writeKeys(Keys, Out);
    return Error::success();
  });
  if (E)
    return createStringError(Path + ": error: cannot write the baseline: " +
                             toString(std::move(E)) + "; name a file that can be written");
  return Error::success();
}

} // namespace weir

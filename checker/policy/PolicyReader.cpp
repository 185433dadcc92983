// Reads weir.toml into a Policy.

#include "policy/BanList.h"
#include "policy/Policy.h"
#include "policy/Toml.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;

namespace weir {

static StringRef stringRef(std::string_view S) { return {S.data(), S.size()}; }

static PolicyPlace placeOf(const toml::source_region &Source) {
  return {static_cast<unsigned>(Source.begin.line), static_cast<unsigned>(Source.begin.column)};
}

/// Fills one Policy from one file. Stops at the first error, which it keeps.
class PolicyReader {
public:
  explicit PolicyReader(StringRef File) : File(File) {}

  Expected<Policy> read(StringRef Text) {
    P.File = File.str();
    toml::parse_result Parsed = toml::parse(std::string_view(Text.data(), Text.size()));
    if (!Parsed) {
      fail(Parsed.error().source(),
           stringRef(Parsed.error().description()) + "; weir.toml is TOML 1.0");
      return takeError();
    }
    const toml::table &Top = Parsed.table();
    checkKeys(Top, "", {"ban", "roots", "init", "allow", "holds"});
    readBan(tableAt(Top, "ban"));
    readRoots(tableAt(Top, "roots"));
    readInit(tableAt(Top, "init"));
    readEach(Top.get("allow"), "allow", [&](const toml::table &Entry) { readAllow(Entry); });
    readEach(Top.get("holds"), "holds", [&](const toml::table &Entry) { readHolds(Entry); });
    if (!Message.empty())
      return takeError();
    P.NamesFiles = namesFiles();
    return std::move(P);
  }

private:
  bool namesFiles() const {
    for (const NameList *List : {&P.Banned, &P.Roots, &P.Init, &P.InitCallers})
      if (any_of(List->entries(), [](const auto &E) { return E.Pattern.namesFile(); }))
        return true;
    return any_of(P.Allows,
                  [](const AllowEntry &A) { return A.Caller.namesFile() || A.Callee.namesFile(); });
  }

  void fail(const toml::source_region &Where, const Twine &What) {
    if (!Message.empty())
      return;
    PolicyPlace Place = placeOf(Where);
    Message = File.str();
    if (Place.Line)
      Message += (":" + Twine(Place.Line) + ":" + Twine(Place.Column)).str();
    Message += (": error: " + What).str();
  }
  Error takeError() { return createStringError(Message); }

  void checkKeys(const toml::table &Table, StringRef Name, ArrayRef<StringRef> Known) {
    for (auto &&[Key, Value] : Table) {
      if (is_contained(Known, stringRef(Key.str())))
        continue;
      StringRef What = Name.empty() ? "table" : "key";
      fail(Key.source(), "unknown " + What + " '" + stringRef(Key.str()) + "'" +
                             (Name.empty() ? "" : " in " + Name.str()) + "; known are " +
                             join(Known, ", "));
    }
  }

  const toml::table *tableAt(const toml::table &Top, StringRef Name) {
    const toml::node *Node = Top.get(std::string_view(Name.data(), Name.size()));
    if (!Node)
      return nullptr;
    if (!Node->is_table())
      fail(Node->source(), "'" + Name + "' is not a table; write [" + Name + "]");
    return Node->as_table();
  }

  using NameHandler = function_ref<void(StringRef, const toml::source_region &)>;

  /// Hands each name of the array Table.Key to Handle; false when there is no such key.
  bool names(const toml::table *Table, StringRef Where, StringRef Key, NameHandler Handle) {
    const toml::node *Node = Table ? Table->get(std::string_view(Key.data(), Key.size())) : nullptr;
    if (!Node)
      return false;
    const toml::array *Array = Node->as_array();
    if (!Array) {
      fail(Node->source(), "'" + Key + "' in " + Where + " is not an array of strings; write " +
                               Key + " = [\"...\"]");
      return true;
    }
    for (const toml::node &Element : *Array) {
      const toml::value<std::string> *Text = Element.as_string();
      if (!Text || Text->get().empty())
        fail(Element.source(), "'" + Key + "' in " + Where +
                                   " holds something that is not a name; " +
                                   "give symbol names in quotes");
      else
        Handle(Text->get(), Element.source());
    }
    return true;
  }

  void readBan(const toml::table *Ban) {
    if (Ban)
      checkKeys(*Ban, "[ban]", {"presets", "functions"});
    bool Given = names(Ban, "[ban]", "presets",
                       [&](StringRef Name, auto &Source) { banPreset(Name, Source); });
    if (!Given)
      for (StringRef Name : {"c-heap", "newlib-heap", "cxx-heap"})
        banPreset(Name, {});
    names(Ban, "[ban]", "functions",
          [&](StringRef Name, auto &Source) { P.Banned.add(Name, placeOf(Source)); });
  }

  void banPreset(StringRef Name, const toml::source_region &Source) {
    const BanPreset *Preset = findPreset(Name);
    if (!Preset)
      return fail(Source, "unknown preset '" + Name + "'; known are " + join(presetNames(), ", "));
    if (!Presets.insert(Name).second)
      return;
    for (const std::string &Function : Preset->Functions)
      P.Banned.add(Function);
    for (const std::string &Included : Preset->Includes)
      banPreset(Included, Source);
  }

  void readRoots(const toml::table *Roots) {
    if (Roots)
      checkKeys(*Roots, "[roots]", {"functions"});
    bool Given = names(Roots, "[roots]", "functions", [&](StringRef Name, auto &Source) {
      if (Name == "*")
        P.Whole = {true, false, placeOf(Source)};
      else if (Name == "@nonallocating")
        P.NonAllocating = {true, false, placeOf(Source)};
      else if (Name == "@")
        fail(Source, "'@' in [roots] lacks the annotation; write '@nonallocating', or '@' and the "
                     "text of an annotate attribute");
      else if (Name.starts_with("@"))
        P.Annotated.add(Name.drop_front(), placeOf(Source));
      else
        P.Roots.add(Name, placeOf(Source));
    });
    if (!Given)
      P.Whole.Listed = true;
  }

  void readInit(const toml::table *Init) {
    if (Init)
      checkKeys(*Init, "[init]", {"functions", "callers"});
    names(Init, "[init]", "functions",
          [&](StringRef Name, auto &Source) { P.Init.add(Name, placeOf(Source)); });
    bool Given = names(Init, "[init]", "callers", [&](StringRef Name, auto &Source) {
      P.InitCallers.add(Name, placeOf(Source));
    });
    if (!Given)
      for (StringRef Name : {"main", "_start", "Reset_Handler", "app_main"})
        P.InitCallers.add(Name);
  }

  /// The tables of an array that may be there.
  void readEach(const toml::node *Node, StringRef Name,
                function_ref<void(const toml::table &)> Read) {
    if (!Node)
      return;
    const toml::array *Array = Node->as_array();
    if (!Array)
      return fail(Node->source(),
                  "'" + Name + "' is not an array of tables; write [[" + Name + "]]");
    for (const toml::node &Element : *Array) {
      const toml::table *Entry = Element.as_table();
      if (!Entry)
        return fail(Element.source(),
                    "'" + Name + "' holds something that is not a table; write [[" + Name + "]]");
      Read(*Entry);
    }
  }

  void readAllow(const toml::table &Entry) {
    constexpr Array In{"[[allow]]", "caller, callee and reason"};
    checkKeys(Entry, In.Name, {"caller", "callee", "reason", "expires"});
    P.Allows.push_back({SymbolPattern(text(Entry, "caller", In)),
                        SymbolPattern(text(Entry, "callee", In)), text(Entry, "reason", In),
                        date(Entry, "expires", In), placeOf(Entry.source())});
  }

  void readHolds(const toml::table &Entry) {
    constexpr Array In{"[[holds]]", "variable and reason"};
    checkKeys(Entry, In.Name, {"variable", "reason", "expires"});
    text(Entry, "reason", In); // for who reads the policy
    P.Holds.push_back(
        {text(Entry, "variable", In), date(Entry, "expires", In), placeOf(Entry.source())});
  }

  /// An array of tables, and what each must have.
  struct Array {
    StringLiteral Name, Required;
  };

  /// A string that an entry must have.
  std::string text(const toml::table &Entry, StringRef Key, Array In) {
    const toml::node *Node = Entry.get(std::string_view(Key.data(), Key.size()));
    const toml::value<std::string> *Text = Node ? Node->as_string() : nullptr;
    if (!Node)
      fail(Entry.source(), In.Name + " entry lacks '" + Key + "'; give " + In.Required);
    else if (!Text || stringRef(Text->get()).trim().empty())
      fail(Node->source(), "'" + Key + "' in " + In.Name +
                               " is not a string with something in it; write " + Key +
                               " = \"...\"");
    return Text ? Text->get() : std::string();
  }

  /// A day that an entry may have.
  std::optional<Date> date(const toml::table &Entry, StringRef Key, Array In) {
    const toml::node *Node = Entry.get(std::string_view(Key.data(), Key.size()));
    if (!Node)
      return std::nullopt;
    const toml::value<toml::date> *Day = Node->as_date();
    if (!Day) {
      fail(Node->source(),
           "'" + Key + "' in " + In.Name +
               " is not a date; write it without quotes, like expires = 2027-01-01");
      return std::nullopt;
    }
    return Date{Day->get().year, Day->get().month, Day->get().day};
  }

  StringRef File;
  Policy P;
  StringSet<> Presets;
  std::string Message;
};

Expected<Policy> Policy::parse(StringRef Text, StringRef File) {
  return PolicyReader(File).read(Text);
}

Expected<Policy> Policy::load(StringRef Path) {
  auto Buffer = MemoryBuffer::getFile(Path, /*IsText=*/true);
  if (std::error_code E = Buffer.getError())
    return createStringError(Path + ": error: cannot read the policy: " + E.message() +
                             "; name a policy file that is there");
  return parse((*Buffer)->getBuffer(), Path);
}

} // namespace weir

#include "solver/Options.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

using namespace llvm;

namespace weir {

const char HelpText[] =
    R"(usage: weir-check [OPTION]... INPUT...
       weir-check -p BUILD [OPTION]... [INPUT]...
       weir-check explain [OPTION]... CALLER CALLEE INPUT...
       weir-check paths [OPTION]... FROM TO INPUT...
       weir-check dump FILE...

Checks that a program cannot reach what the policy bans, and prints the way to what it can reach.
INPUT is a linked ELF image, an object, an archive (thin ones too), or a file of facts.

With -p, each unit of BUILD/compile_commands.json is compiled once more, by clang with the plugin,
whatever compiler the build uses; what has not changed since the last time is reused.

commands:
  explain   why CALLER may call CALLEE: each call, with the pointer's type, where the address is
            taken and which casts are on the way
  paths     the shortest path of calls from one function to another
  dump      list the facts in files as text

options:
  --policy FILE                 what is banned, where execution starts, what is exempt (weir.toml)
  --all                         a path for every caller of a banned function, not only the nearest
  --baseline FILE               report only what is not accepted there; what is no more is an error
  --refute BUILD                leave out what the constants in the code rule out: a wait with a
                                timeout of 0, say. Units are compiled as BUILD's commands tell
  --update-baseline             write FILE: all that is found when there is none, else only shrink
  --today YYYY-MM-DD            the day for entries that expire, instead of the clock's
  --format text|sarif|json|dot  how to write what is found
  --color auto|always|never     of text
  --version, --help

options of -p, and of --refute all but --cache, --plugin and --linkguard:
  --only GLOB                   only these sources; may be repeated
  --jobs N                      units at a time (a core each)
  --cache DIR                   where facts are kept (BUILD/.weir)
  --clang, --plugin, --linkguard PROGRAM
                                instead of those that belong to this weir-check; linkguard reads
                                the objects of units that clang cannot read

exit status: 0 clean, 1 findings (a violation, or something that could not be proven),
             2 could not run; of `explain` and `paths`: 0 there is one, 1 there is none
)";

namespace {

Error wrong(const Twine &What) { return createStringError(What + "; see weir-check --help"); }

/// Sets Into to the value that Text names.
template <typename Value>
Error choose(StringRef What, StringRef Text, ArrayRef<std::pair<StringRef, Value>> Known,
             Value &Into) {
  for (const auto &[Name, Meaning] : Known)
    if (Name == Text) {
      Into = Meaning;
      return Error::success();
    }
  return wrong("unknown " + What + " '" + Text + "', known are " +
               join(map_range(Known, [](const auto &K) { return K.first.str(); }), ", "));
}

Error setFormat(Options &Into, StringRef Value) {
  return choose<Format>("format", Value,
                        {{"text", Format::Text},
                         {"sarif", Format::Sarif},
                         {"json", Format::Json},
                         {"dot", Format::Dot}},
                        Into.Output);
}

Error setColor(Options &Into, StringRef Value) {
  return choose<Color>("color", Value,
                       {{"auto", Color::Auto}, {"always", Color::Always}, {"never", Color::Never}},
                       Into.Colors);
}

Error setToday(Options &Into, StringRef Value) {
  Into.Today = Date::parse(Value);
  return Into.Today ? Error::success()
                    : wrong("'" + Value + "' is not a day of the form YYYY-MM-DD");
}

template <std::string Options::*Field> Error setText(Options &Into, StringRef Value) {
  Into.*Field = Value.str();
  return Error::success();
}

Error setJobs(Options &Into, StringRef Value) {
  if (Value.getAsInteger(10, Into.Extraction.Jobs) || Into.Extraction.Jobs == 0)
    return wrong("'" + Value + "' is not a number of jobs");
  return Error::success();
}

Error addOnly(Options &Into, StringRef Value) {
  Into.Extraction.Only.push_back(Value.str());
  return Error::success();
}

template <std::string ExtractOptions::*Field> Error setTool(Options &Into, StringRef Value) {
  Into.Extraction.*Field = Value.str();
  return Error::success();
}

template <bool Options::*Field> Error setFlag(Options &Into, StringRef) {
  Into.*Field = true;
  return Error::success();
}

template <Command What> Error setCommand(Options &Into, StringRef) {
  Into.What = What;
  return Error::success();
}

struct OptionSpec {
  StringRef Name;
  bool HasValue;
  Error (*Set)(Options &Into, StringRef Value);
};

constexpr OptionSpec Known[] = {
    {"--policy", true, setText<&Options::PolicyPath>},
    {"--format", true, setFormat},
    {"--color", true, setColor},
    {"--baseline", true, setText<&Options::BaselinePath>},
    {"--refute", true, setText<&Options::RefuteBuild>},
    {"--update-baseline", false, setFlag<&Options::UpdateBaseline>},
    {"--today", true, setToday},
    {"-p", true, setTool<&ExtractOptions::Build>},
    {"--clang", true, setTool<&ExtractOptions::Clang>},
    {"--plugin", true, setTool<&ExtractOptions::Plugin>},
    {"--linkguard", true, setTool<&ExtractOptions::Linkguard>},
    {"--cache", true, setTool<&ExtractOptions::Cache>},
    {"--jobs", true, setJobs},
    {"--only", true, addOnly},
    {"--all", false, setFlag<&Options::All>},
    {"--help", false, setCommand<Command::Help>},
    {"-h", false, setCommand<Command::Help>},
    {"--version", false, setCommand<Command::Version>},
};

constexpr std::pair<StringRef, Command> Commands[] = {
    {"dump", Command::Dump},
    {"explain", Command::Explain},
    {"paths", Command::Paths},
};

class OptionReader {
public:
  explicit OptionReader(ArrayRef<const char *> Arguments) : Rest(Arguments) {}

  Expected<Options> read() {
    if (!Rest.empty())
      for (const auto &[Name, What] : Commands)
        if (Name == Rest.front()) {
          Result.What = What;
          Rest = Rest.drop_front();
          break;
        }
    while (!Rest.empty())
      if (Error E = readOne())
        return E;
    if (Error E = takeNames())
      return E;
    return std::move(Result);
  }

private:
  Error readOne() {
    StringRef Argument = Rest.front();
    Rest = Rest.drop_front();
    if (OnlyPaths || !Argument.starts_with("-") || Argument == "-") {
      Result.Paths.push_back(Argument.str());
      return Error::success();
    }
    if (Argument == "--") {
      OnlyPaths = true;
      return Error::success();
    }
    auto [Name, Value] = Argument.split('=');
    const OptionSpec *Spec = find_if(Known, [&](const OptionSpec &S) { return S.Name == Name; });
    if (Spec == std::end(Known))
      return wrong("unknown option '" + Name + "'");
    return readValue(*Spec, Value, /*Given=*/Name.size() != Argument.size());
  }

  /// `--name=value`, `--name value` or, of an option without a value, `--name`.
  Error readValue(const OptionSpec &Spec, StringRef Value, bool Given) {
    if (!Spec.HasValue && Given)
      return wrong("option '" + Spec.Name + "' takes no value");
    if (Spec.HasValue && !Given) {
      if (Rest.empty())
        return wrong("option '" + Spec.Name + "' lacks its value");
      Value = Rest.front();
      Rest = Rest.drop_front();
    }
    return Spec.Set(Result, Value);
  }

  /// Of commands about two functions, these come before the inputs.
  Error takeNames() {
    if (Result.What == Command::Help || Result.What == Command::Version)
      return Error::success();
    if (Result.What == Command::Explain || Result.What == Command::Paths) {
      if (Result.Paths.size() < 2)
        return wrong("two functions are to be named before the inputs");
      Result.From = Result.Paths[0];
      Result.To = Result.Paths[1];
      Result.Paths.erase(Result.Paths.begin(), Result.Paths.begin() + 2);
    }
    if (Result.UpdateBaseline && Result.BaselinePath.empty())
      return wrong("--update-baseline lacks the file: give --baseline FILE");
    return Result.Paths.empty() && Result.Extraction.Build.empty() ? wrong("no input is given")
                                                                   : Error::success();
  }

  ArrayRef<const char *> Rest;
  Options Result;
  bool OnlyPaths = false;
};

} // namespace

Expected<Options> parseOptions(ArrayRef<const char *> Arguments) {
  return OptionReader(Arguments).read();
}

} // namespace weir

#include "solver/Options.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSwitch.h"

#include <optional>

using namespace llvm;

namespace weir {

const char HelpText[] =
    R"(usage: weir-check [--policy weir.toml] [--format text] [--color auto|always|never] INPUT...
       weir-check dump FILE...

Checks that a program cannot reach what the policy bans, and prints the way to what it can reach.
INPUT is a linked ELF image, an object, an archive (thin ones too), or a file of facts.
`dump` lists the facts in files as text.

exit status: 0 clean, 1 findings (a violation, or something that could not be proven),
             2 could not run
)";

namespace {

Error wrong(const Twine &What) { return createStringError(What + "; see weir-check --help"); }

class OptionReader {
public:
  explicit OptionReader(ArrayRef<const char *> Arguments) : Rest(Arguments) {}

  Expected<Options> read() {
    if (!Rest.empty() && StringRef(Rest.front()) == "dump") {
      Result.What = Command::Dump;
      Rest = Rest.drop_front();
    }
    while (!Rest.empty())
      if (Error E = readOne())
        return E;
    if (Result.Paths.empty() && Result.What != Command::Help)
      return wrong("no input is given");
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
    if (Argument == "--help" || Argument == "-h") {
      Result.What = Command::Help;
      return Error::success();
    }
    return readValue(Argument);
  }

  /// `--name=value` or `--name value`.
  Error readValue(StringRef Argument) {
    auto [Name, Value] = Argument.split('=');
    if (!is_contained({"--policy", "--format", "--color"}, Name))
      return wrong("unknown option '" + Name + "'");
    if (Name.size() == Argument.size()) {
      if (Rest.empty())
        return wrong("option '" + Name + "' lacks its value");
      Value = Rest.front();
      Rest = Rest.drop_front();
    }
    return setValue(Name, Value);
  }

  Error setValue(StringRef Name, StringRef Value) {
    if (Name == "--policy") {
      Result.PolicyPath = Value.str();
      return Error::success();
    }
    if (Name == "--format")
      return Value == "text" ? Error::success()
                             : wrong("unknown format '" + Value + "', known is text");
    auto Colors = StringSwitch<std::optional<Color>>(Value)
                      .Case("auto", Color::Auto)
                      .Case("always", Color::Always)
                      .Case("never", Color::Never)
                      .Default(std::nullopt);
    if (!Colors)
      return wrong("unknown color '" + Value + "', known are auto, always, never");
    Result.Colors = *Colors;
    return Error::success();
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

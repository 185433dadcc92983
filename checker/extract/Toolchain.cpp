#include "extract/Toolchain.h"
#include "extract/Process.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

using namespace llvm;

namespace weir {
namespace {

const char *languageName(Language Lang) { return Lang == Language::Cxx ? "c++" : "c"; }

/// The lines of `-E -v` between "search starts here" and "End of search list". GCC's own headers,
/// of builtin types and the like, are left out: clang has its own.
std::vector<std::string> includesOf(StringRef Said) {
  std::vector<std::string> Found;
  SmallVector<StringRef, 64> Lines;
  Said.split(Lines, '\n');
  bool Inside = false;
  for (StringRef Line : Lines) {
    if (Line.starts_with("#include <...>"))
      Inside = true;
    else if (Line.starts_with("End of search list"))
      Inside = false;
    else if (Inside && !(Line.contains("/gcc/") &&
                         (Line.ends_with("/include") || Line.ends_with("/include-fixed")) &&
                         !Line.contains("..")))
      Found.push_back(Line.trim().str());
  }
  return Found;
}

/// The lines `#define NAME VALUE` of `-dM`.
std::map<std::string, std::string> macrosOf(StringRef Said) {
  std::map<std::string, std::string> Found;
  SmallVector<StringRef, 512> Lines;
  Said.split(Lines, '\n');
  for (StringRef Line : Lines)
    if (Line.consume_front("#define ")) {
      auto [Name, Value] = Line.split(' ');
      Found[Name.str()] = Value.str();
    }
  return Found;
}

/// Macros that describe the compiler and its types, which is clang here and not the other one.
bool describesCompiler(StringRef Name) {
  for (StringRef Prefix : {"__GCC_",
                           "__GNUC",
                           "__GXX_",
                           "__VERSION__",
                           "__FLT",
                           "__DBL",
                           "__LDBL",
                           "__DEC",
                           "__BFLT",
                           "__INT",
                           "__UINT",
                           "__SIZE",
                           "__SIG_",
                           "__CHAR",
                           "__SCHAR",
                           "__SHRT",
                           "__LONG",
                           "__WCHAR",
                           "__WINT",
                           "__PTRDIFF",
                           "__ATOMIC",
                           "__STDC",
                           "_STDC_",
                           "__HAVE_",
                           "__cpp_",
                           "__SFRACT",
                           "__FRACT",
                           "__LFRACT",
                           "__LLFRACT",
                           "__USFRACT",
                           "__UFRACT",
                           "__ULFRACT",
                           "__ULLFRACT",
                           "__SACCUM",
                           "__ACCUM",
                           "__LACCUM",
                           "__LLACCUM",
                           "__USACCUM",
                           "__UACCUM",
                           "__ULACCUM",
                           "__ULLACCUM",
                           "__REGISTER_PREFIX__",
                           "__USER_LABEL_PREFIX__",
                           "__OPTIMIZE",
                           "__NO_INLINE__",
                           "__FLOAT_WORD_ORDER__",
                           "__EXCEPTIONS",
                           "__PIC__",
                           "__pic__",
                           "__PIE__",
                           "__pie__"})
    if (Name.starts_with(Prefix))
      return true;
  return Name.ends_with("BIT__") || Name.contains('(');
}

/// `riscv64-unknown-elf-gcc -march=rv32imac` compiles for riscv32.
std::string targetFor(StringRef Machine, ArrayRef<std::string> Flags) {
  bool IsRv32 = any_of(Flags, [](StringRef F) { return F.starts_with("-march=rv32"); });
  bool IsRv64 = any_of(Flags, [](StringRef F) { return F.starts_with("-march=rv64"); });
  StringRef Rest = Machine;
  if (IsRv32 && Rest.consume_front("riscv64-"))
    return "riscv32-" + Rest.str();
  if (IsRv64 && Rest.consume_front("riscv32-"))
    return "riscv64-" + Rest.str();
  return Machine.str();
}

/// What clang says of a flag it does not take, as the flag itself; empty for other errors.
std::string refusedFlag(StringRef Line) {
  if (!Line.consume_front("clang: error: ") && !Line.consume_front("clang++: error: "))
    return {};
  auto Quoted = [](StringRef Text) { return Text.split('\'').second.split('\'').first; };
  if (Line.starts_with("unknown argument") || Line.starts_with("unsupported option"))
    return Quoted(Line).str();
  if (Line.starts_with("unsupported argument"))
    return (Quoted(Line.split("to option").second) + Quoted(Line)).str();
  if (Line.starts_with("invalid value") || Line.starts_with("invalid argument"))
    return Quoted(Line.split(" in ").second).str() + Quoted(Line).str();
  return {};
}

bool saysItsSpecs(StringRef Flag) {
  return Flag.starts_with("-specs") || Flag.starts_with("--specs");
}

/// The flags that only the other driver reads: its specs, whose effect it was asked for.
std::vector<std::string> withoutSpecs(ArrayRef<std::string> Flags) {
  std::vector<std::string> Kept;
  for (size_t I = 0; I < Flags.size(); ++I) {
    if (!saysItsSpecs(Flags[I]))
      Kept.push_back(Flags[I]);
    else if (Flags[I] == "-specs" || Flags[I] == "--specs")
      ++I;
  }
  return Kept;
}

template <typename... Parts> std::vector<std::string> words(Parts &&...All) {
  std::vector<std::string> Joined;
  (Joined.insert(Joined.end(), std::begin(All), std::end(All)), ...);
  return Joined;
}
using Words = std::vector<std::string>;

} // namespace

Expected<Toolchains::Driver> Toolchains::ask(const CompileCommand &Command) {
  Driver D;
  Expected<Outcome> Machine = runProgram(
      words(Words{Command.Compiler}, Command.Machine, Words{"-dumpmachine"}), Command.Directory);
  if (!Machine)
    return Machine.takeError();
  Expected<Outcome> Version = runProgram({Command.Compiler, "--version"}, Command.Directory);
  if (!Version)
    return Version.takeError();
  Expected<Outcome> Inside =
      runProgram(words(Words{Command.Compiler}, Command.Machine,
                       Words{"-E", "-dM", "-v", "-x", languageName(Command.Lang), "/dev/null"}),
                 Command.Directory);
  if (!Inside)
    return Inside.takeError();
  if (Machine->Status != 0 || Inside->Status != 0)
    return createStringError("'" + Command.Compiler + "' does not take its own flags: " +
                             StringRef(Inside->Err).rtrim().rsplit('\n').second);
  D.IsClang = StringRef(Version->Out).contains("clang");
  D.Target = StringRef(Machine->Out).trim().str();
  D.Includes = includesOf(Inside->Err);
  D.Macros = macrosOf(Inside->Out);
  return D;
}

Expected<std::vector<std::string>> Toolchains::withoutUnknown(std::vector<std::string> Flags,
                                                              const CompileCommand &Command) {
  while (true) {
    Expected<Outcome> Said =
        runProgram(words(Words{Clang}, Flags,
                         Words{"-c", "-###", "-x", languageName(Command.Lang), "/dev/null"}),
                   Command.Directory);
    if (!Said)
      return Said.takeError();
    size_t Before = Flags.size();
    SmallVector<StringRef, 16> Lines;
    StringRef(Said->Err).split(Lines, '\n');
    for (StringRef Line : Lines)
      if (std::string Refused = refusedFlag(Line); !Refused.empty())
        erase_if(Flags, [&](const std::string &F) { return F == Refused; });
    if (Flags.size() == Before)
      return Flags;
  }
}

Expected<std::vector<std::string>> Toolchains::macrosOnlyIn(const Driver &Other,
                                                            ArrayRef<std::string> Flags,
                                                            const CompileCommand &Command) {
  Expected<Outcome> Said = runProgram(
      words(Words{Clang}, Flags, Words{"-E", "-dM", "-x", languageName(Command.Lang), "/dev/null"}),
      Command.Directory);
  if (!Said)
    return Said.takeError();
  std::map<std::string, std::string> Own = macrosOf(Said->Out);
  std::vector<std::string> Only;
  for (const auto &[Name, Value] : Other.Macros)
    if (!Own.count(Name) && !describesCompiler(Name))
      Only.push_back(("-D" + Twine(Name) + "=" + Value).str());
  return Only;
}

Expected<ClangFlags> Toolchains::translate(const CompileCommand &Command) {
  Expected<Driver> D = ask(Command);
  if (!D)
    return D.takeError();
  Words Flags = {"--target=" + targetFor(D->Target, Command.Machine)};
  Flags = words(Flags, withoutSpecs(Command.Machine));
  Expected<Words> Taken = withoutUnknown(std::move(Flags), Command);
  if (!Taken)
    return Taken.takeError();
  if (D->IsClang)
    return ClangFlags{std::move(*Taken), /*IsNative=*/true};
  Expected<Words> Macros = macrosOnlyIn(*D, *Taken, Command);
  if (!Macros)
    return Macros.takeError();
  Words All = words(*Taken, Words{"-nostdlibinc"}, *Macros);
  if (Command.Lang == Language::Cxx)
    All.push_back("-nostdinc++");
  for (const std::string &Directory : D->Includes) {
    All.push_back("-idirafter");
    All.push_back(Directory);
  }
  return ClangFlags{std::move(All)};
}

Expected<ClangFlags> Toolchains::flagsFor(const CompileCommand &Command) {
  Words Key = words(Words{Command.Compiler, Command.Directory, languageName(Command.Lang)},
                    Command.Machine);
  auto Found = Known.find(Key);
  if (Found != Known.end())
    return Found->second;
  Expected<ClangFlags> Flags = translate(Command);
  if (Flags)
    Known[Key] = *Flags;
  return Flags;
}

} // namespace weir

#include "extract/CompileCommands.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/StringSaver.h"

#include <optional>
#include <set>

using namespace llvm;

namespace weir {

std::string absoluteIn(StringRef Directory, StringRef Path) {
  SmallString<128> Whole(sys::path::is_absolute(Path) ? StringRef() : Directory);
  sys::path::append(Whole, Path);
  sys::path::remove_dots(Whole, /*remove_dot_dot=*/false);
  return Whole.str().str();
}

namespace {

constexpr StringLiteral Again = "; generate it again";

/// By the suffix of a file, or the value of `-x`.
std::optional<Language> languageOfName(StringRef Name) {
  for (StringRef C : {"c", "i", "cpp-output"})
    if (Name == C)
      return Language::C;
  for (StringRef Cxx : {"cc", "cp", "cpp", "cxx", "c++", "CPP", "C", "ii", "c++-cpp-output"})
    if (Name == Cxx)
      return Language::Cxx;
  for (StringRef Assembly : {"s", "S", "sx", "asm", "assembler", "assembler-with-cpp"})
    if (Name == Assembly)
      return Language::Assembly;
  return std::nullopt;
}

/// What an argument is to us.
enum class Kind {
  Flag,      ///< about the machine or the language
  Own,       ///< the unit's own
  Dropped,   ///< about outputs and warnings
  Output,    ///< -o
  LanguageIs ///< -x
};

struct Known {
  StringRef Name;
  Kind Is;
  bool Joined; ///< the value may follow at once
};

/// The arguments that have a value, which may be the next one.
constexpr Known WithValue[] = {
    {"-o", Kind::Output, true},
    {"-x", Kind::LanguageIs, true},
    {"-I", Kind::Own, true},
    {"-D", Kind::Own, true},
    {"-U", Kind::Own, true},
    {"-isystem", Kind::Own, true},
    {"-iquote", Kind::Own, true},
    {"-idirafter", Kind::Own, true},
    {"-include", Kind::Own, false},
    {"-imacros", Kind::Own, false},
    {"-iprefix", Kind::Own, false},
    {"-iwithprefix", Kind::Own, false},
    {"-iwithprefixbefore", Kind::Own, false},
    {"-include-pch", Kind::Own, false},
    {"-MF", Kind::Dropped, true},
    {"-MT", Kind::Dropped, true},
    {"-MQ", Kind::Dropped, true},
    {"-Xlinker", Kind::Dropped, false},
    {"-Xassembler", Kind::Dropped, false},
    {"--param", Kind::Dropped, false},
    {"-T", Kind::Dropped, false},
    {"-L", Kind::Dropped, true},
    {"-l", Kind::Dropped, true},
    {"-dumpbase", Kind::Dropped, false},
    {"-dumpbase-ext", Kind::Dropped, false},
    {"-dumpdir", Kind::Dropped, false},
    {"-MJ", Kind::Dropped, true},
    {"-specs", Kind::Flag, false},
    {"--specs", Kind::Flag, false},
    {"-isysroot", Kind::Flag, false},
    {"--sysroot", Kind::Flag, false},
    {"-target", Kind::Flag, false},
    {"-arch", Kind::Flag, false},
    {"-B", Kind::Flag, true},
    {"-imultilib", Kind::Flag, false},
    {"-Xclang", Kind::Flag, false},
    {"-mllvm", Kind::Flag, false},
};

bool isDropped(StringRef Flag) {
  for (StringRef Name : {"-c", "-S", "-E", "-MD", "-MMD", "-M", "-MM", "-MP", "-MG", "-pipe", "-v"})
    if (Flag == Name)
      return true;
  // Link-time optimisation leaves no facts in the object that is read here.
  for (StringRef Name :
       {"-W", "-flto", "-fno-lto", "-ffat-lto", "-fno-fat-lto", "-save-temps", "--save-temps",
        "-fplugin", "-fdiagnostics", "-fmax-errors", "-g", "--param="})
    if (Flag.starts_with(Name))
      return true;
  return Flag == "-w" || Flag.starts_with("-pedantic");
}

class ArgumentReader {
public:
  ArgumentReader(CompileCommand &Into, StringRef Source) : Into(Into) {
    Into.Source = Source.str();
    Into.Lang = languageOfName(sys::path::extension(Source).ltrim('.')).value_or(Language::C);
  }

  void read(ArrayRef<std::string> Arguments) {
    for (size_t I = 0; I < Arguments.size();)
      I += readOne(Arguments.drop_front(I));
  }

private:
  /// How many arguments were taken.
  size_t readOne(ArrayRef<std::string> Rest) {
    StringRef Flag = Rest.front();
    if (!Flag.starts_with("-") || Flag == "-")
      return 1; // an input: the database says which one is meant
    if (Flag == "-Xpreprocessor")
      return 1; // what follows is read as any other
    if (Flag.consume_front("-Wp,")) {
      SmallVector<StringRef, 4> Words;
      Flag.split(Words, ',');
      read(std::vector<std::string>(Words.begin(), Words.end()));
      return 1;
    }
    for (const Known &K : WithValue) {
      bool Next = Flag == K.Name && Rest.size() > 1;
      if (!Next && !(K.Joined && Flag.size() > K.Name.size() && Flag.starts_with(K.Name)))
        continue;
      take(K.Is, Rest.take_front(Next ? 2 : 1),
           Next ? StringRef(Rest[1]) : Flag.drop_front(K.Name.size()));
      return Next ? 2 : 1;
    }
    if (!isDropped(Flag))
      Into.Machine.push_back(Flag.str());
    return 1;
  }

  void take(Kind Is, ArrayRef<std::string> Words, StringRef Value) {
    switch (Is) {
    case Kind::Flag:
      Into.Machine.insert(Into.Machine.end(), Words.begin(), Words.end());
      break;
    case Kind::Own:
      Into.Own.insert(Into.Own.end(), Words.begin(), Words.end());
      break;
    case Kind::Output:
      Into.Object = Value.str();
      break;
    case Kind::LanguageIs:
      Into.Lang = languageOfName(Value).value_or(Into.Lang);
      break;
    case Kind::Dropped:
      break;
    }
  }

  CompileCommand &Into;
};

/// `ccache gcc ...` is gcc's command.
bool isWrapper(StringRef Program) {
  return is_contained({"ccache", "sccache", "distcc", "icecc"}, sys::path::filename(Program));
}

class DatabaseReader {
public:
  explicit DatabaseReader(std::string Path) : Path(std::move(Path)) {}

  Expected<std::vector<CompileCommand>> read() {
    ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer = MemoryBuffer::getFile(Path, /*IsText=*/true);
    if (!Buffer)
      return wrong("cannot read it: " + Buffer.getError().message() +
                   "; name the directory of a build that wrote its compile commands, for instance "
                   "by CMAKE_EXPORT_COMPILE_COMMANDS");
    Expected<json::Value> Parsed = json::parse((*Buffer)->getBuffer());
    if (!Parsed)
      return wrong("it is not JSON: " + toString(Parsed.takeError()) + Again);
    const json::Array *Entries = Parsed->getAsArray();
    if (!Entries)
      return wrong("it is not an array of commands" + Again);
    for (const json::Value &Entry : *Entries)
      if (Error E = add(Entry))
        return E;
    if (Commands.empty())
      return wrong("it holds no command" + Again);
    return std::move(Commands);
  }

private:
  Error wrong(const Twine &What) { return createStringError(Path + ": error: " + What); }

  Error add(const json::Value &Entry) {
    const json::Object *Object = Entry.getAsObject();
    std::optional<StringRef> Directory, File;
    if (Object) {
      Directory = Object->getString("directory");
      File = Object->getString("file");
    }
    if (!Directory || !File)
      return wrong("an entry lacks its directory or its file" + Twine(Again));
    std::string Where = absoluteIn(sys::path::parent_path(Path), *Directory);
    if (!sys::fs::is_directory(Where))
      return wrong("the directory '" + *Directory + "' of '" + *File + "' is gone" + Again);
    if (!sys::fs::exists(absoluteIn(Where, *File)))
      return wrong("the source '" + *File + "' is gone" + Again);
    std::vector<std::string> Arguments = argumentsOf(*Object, Where);
    while (!Arguments.empty() && isWrapper(Arguments.front()))
      Arguments.erase(Arguments.begin());
    if (Arguments.empty())
      return wrong("the entry of '" + *File + "' has no command" + Again);
    // What is in it is not known, and no compiler would have gone on without.
    auto Response = find_if(Arguments, [](StringRef A) { return A.starts_with("@"); });
    if (Response != Arguments.end())
      return wrong("the response file '" + StringRef(*Response).drop_front() + "' of '" + *File +
                   "' is gone; keep it when building (ninja -d keeprsp)");
    if (!Seen.insert({Where, Arguments}).second)
      return Error::success();
    Commands.push_back(commandOf(*Object, Where, *File, Arguments));
    return Error::success();
  }

  CompileCommand commandOf(const json::Object &Object, StringRef Where, StringRef File,
                           ArrayRef<std::string> Arguments) {
    CompileCommand C;
    C.Directory = Where.str();
    C.Compiler = Arguments.front();
    ArgumentReader(C, sourceOf(File, Where, Arguments)).read(Arguments.drop_front());
    if (std::optional<StringRef> Output = Object.getString("output"); Output && C.Object.empty())
      C.Object = Output->str();
    if (C.Object.empty() && is_contained(Arguments, "-c"))
      C.Object = (sys::path::stem(File) + ".o").str(); // as compilers do
    if (!C.Object.empty())
      C.Object = absoluteIn(Where, C.Object);
    return C;
  }

  /// The source as the command spells it, which is what the compiler calls the unit.
  static std::string sourceOf(StringRef File, StringRef Where, ArrayRef<std::string> Arguments) {
    for (const std::string &Argument : Arguments)
      if (absoluteIn(Where, Argument) == absoluteIn(Where, File))
        return Argument;
    return File.str();
  }

  std::vector<std::string> argumentsOf(const json::Object &Object, StringRef Where) {
    BumpPtrAllocator Storage;
    StringSaver Saver(Storage);
    SmallVector<const char *, 32> Words;
    if (const json::Array *Listed = Object.getArray("arguments")) {
      for (const json::Value &Word : *Listed)
        Words.push_back(Saver.save(Word.getAsString().value_or("").str()).begin());
    } else {
      cl::TokenizeGNUCommandLine(Object.getString("command").value_or(""), Saver, Words);
    }
    cl::ExpansionContext Expansion(Storage, cl::TokenizeGNUCommandLine);
    Expansion.setCurrentDir(Where);
    consumeError(Expansion.expandResponseFiles(Words));
    return std::vector<std::string>(Words.begin(), Words.end());
  }

  std::string Path;
  std::set<std::pair<std::string, std::vector<std::string>>> Seen;
  std::vector<CompileCommand> Commands;
};

} // namespace

Expected<std::vector<CompileCommand>> readCompileCommands(StringRef Path) {
  SmallString<128> File(Path);
  if (sys::fs::is_directory(Path))
    sys::path::append(File, "compile_commands.json");
  (void)sys::fs::make_absolute(File); // else it stays as it was given
  return DatabaseReader(File.str().str()).read();
}

} // namespace weir

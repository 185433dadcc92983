#include "plugin/Diagnostics.h"

#include "clang/Basic/Diagnostic.h"
#include "clang/Basic/FileManager.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "llvm/Demangle/Demangle.h"

using namespace clang;

namespace weir::plugin {
namespace {

/// The place in clang's source manager, invalid when the file is not one of this compile: a prefix
/// map or a #line directive may have renamed it.
SourceLocation locate(CompilerInstance &Compiler, const facts::UnitFacts &Unit,
                      const facts::Location &Where) {
  if (!Where.Line)
    return {};
  const auto File = Compiler.getFileManager().getOptionalFileRef(Unit.Strings[Where.File]);
  if (!File)
    return {};
  return Compiler.getSourceManager().translateFileLineCol(*File, Where.Line,
                                                          std::max(1U, Where.Column));
}

llvm::StringRef symbolName(const facts::UnitFacts &Unit, uint32_t Row) {
  return Unit.Strings[Unit.Functions[Row].Name];
}

std::string readableName(const facts::UnitFacts &Unit, uint32_t Row) {
  return llvm::demangle(symbolName(Unit, Row));
}

} // namespace

void reportFailure(CompilerInstance &Compiler, llvm::StringRef Message) {
  DiagnosticsEngine &Engine = Compiler.getDiagnostics();
  Engine.Report(Engine.getCustomDiagID(DiagnosticsEngine::Error, "%0")) << Message;
}

void reportMissing(CompilerInstance &Compiler, llvm::StringRef Message) {
  DiagnosticsEngine &Engine = Compiler.getDiagnostics();
  Engine.Report(Engine.getCustomDiagID(DiagnosticsEngine::Warning, "%0")) << Message;
}

void reportBannedPath(CompilerInstance &Compiler, const facts::UnitFacts &Unit,
                      const frontend::BannedPath &Path) {
  DiagnosticsEngine &Engine = Compiler.getDiagnostics();
  const unsigned Error = Engine.getCustomDiagID(
      DiagnosticsEngine::Error, "'%0' reaches banned function '%1' [weir-banned-call]");
  const unsigned Hop = Engine.getCustomDiagID(DiagnosticsEngine::Note, "'%0' calls '%1'");
  const unsigned Remedy = Engine.getCustomDiagID(
      DiagnosticsEngine::Note, "remove the call, or allow it in the policy: [[allow]] caller = "
                               "\"%0\", callee = \"%1\", reason = \"...\"");

  const facts::Call &First = Unit.Calls[Path.front()], &Last = Unit.Calls[Path.back()];
  Engine.Report(locate(Compiler, Unit, First.Loc), Error)
      << readableName(Unit, First.Caller) << readableName(Unit, Last.Callee);
  for (uint32_t Index : Path) {
    const facts::Call &Call = Unit.Calls[Index];
    Engine.Report(locate(Compiler, Unit, Call.Loc), Hop)
        << readableName(Unit, Call.Caller) << readableName(Unit, Call.Callee);
  }
  Engine.Report(locate(Compiler, Unit, Last.Loc), Remedy)
      << symbolName(Unit, Last.Caller) << symbolName(Unit, Last.Callee);
}

} // namespace weir::plugin

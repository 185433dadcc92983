#include "frontend/CompilerSetup.h"

#include "clang/Basic/CodeGenOptions.h"
#include "clang/Basic/LangOptions.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendOptions.h"
#include "llvm/Config/llvm-config.h"

using namespace clang;

namespace weir::frontend {

/// Clang builds the modules a unit imports in the same process, by instances of their own.
static bool buildsModule(const CompilerInstance &Compiler) {
  const auto Kind = Compiler.getLangOpts().getCompilingModule();
  return Kind == LangOptions::CMK_ModuleMap || Kind == LangOptions::CMK_HeaderUnit;
}

bool generatesCode(const CompilerInstance &Compiler) {
  if (buildsModule(Compiler))
    return false;
  switch (Compiler.getFrontendOpts().ProgramAction) {
  case clang::frontend::EmitAssembly:
  case clang::frontend::EmitBC:
  case clang::frontend::EmitLLVM:
  case clang::frontend::EmitObj:
    return true;
  default:
    return false;
  }
}

bool writesUnoptimizedIr(const CompilerInstance &Compiler) {
  const auto Action = Compiler.getFrontendOpts().ProgramAction;
  return Compiler.getCodeGenOpts().DisableLLVMPasses &&
         (Action == clang::frontend::EmitBC || Action == clang::frontend::EmitLLVM);
}

bool leavesNoHook(const CompilerInstance &Compiler) {
  return Compiler.getCodeGenOpts().DisableLLVMPasses && !writesUnoptimizedIr(Compiler);
}

#if LLVM_VERSION_MAJOR >= 22

/// Control flow integrity attaches metadata of the same kind, which must stay.
TypeRoute requestTypes(CompilerInstance &Compiler) {
  CodeGenOptions &Options = Compiler.getCodeGenOpts();
  if (Options.CallGraphSection)
    return {TypeScheme::Generalized, false};
  if (leavesNoHook(Compiler) || Compiler.getLangOpts().Sanitize.hasOneOf(SanitizerKind::CFI))
    return {};
  Options.CallGraphSection = true;
  return {TypeScheme::Generalized, true};
}

void withdrawTypes(CompilerInstance &Compiler, const TypeRoute &Route) {
  if (Route.Scheme == TypeScheme::Generalized && Route.Ours)
    Compiler.getCodeGenOpts().CallGraphSection = false;
}

#else

/// kCFI is a language option, which a module or a header compiled without it would refuse.
TypeRoute requestTypes(CompilerInstance &Compiler) {
  LangOptions &Options = Compiler.getLangOpts();
  if (Options.Sanitize.has(SanitizerKind::KCFI))
    return {TypeScheme::Kcfi, false};
  if (leavesNoHook(Compiler) || Options.Modules)
    return {};
  Options.Sanitize.set(SanitizerKind::KCFI, true);
  return {TypeScheme::Kcfi, true};
}

void withdrawTypes(CompilerInstance &Compiler, const TypeRoute &Route) {
  if (Route.Scheme == TypeScheme::Kcfi && Route.Ours)
    Compiler.getLangOpts().Sanitize.set(SanitizerKind::KCFI, false);
}

#endif

} // namespace weir::frontend

// The plugin: where clang calls us. Loaded by `-fplugin=`, `-fpass-plugin=` or both.
#include "plugin/Diagnostics.h"
#include "plugin/Session.h"
#include "clang/AST/ASTConsumer.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendPluginRegistry.h"
#include "llvm/Config/llvm-config.h"
#if LLVM_VERSION_MAJOR >= 22
#include "llvm/Plugins/PassPlugin.h"
#include "llvm/Target/TargetMachine.h"
#else
#include "llvm/Passes/PassPlugin.h"
#endif

using namespace clang;

namespace weir::plugin {
namespace {

/// Remembers the declarations that matter as clang parses them, and digests them before code
/// generation begins.
class Consumer : public ASTConsumer {
public:
  Consumer(CompilerInstance &Compiler, std::string UnitName, std::optional<Policy> Rules)
      : Compiler(Compiler), Current(Compiler, std::move(UnitName), std::move(Rules)) {}

  void Initialize(ASTContext &) override { Current.begin(); }

  bool HandleTopLevelDecl(DeclGroupRef Group) override {
    for (const Decl *D : Group)
      add(D);
    return true;
  }
  void HandleInlineFunctionDefinition(FunctionDecl *Function) override { add(Function); }
  void HandleCXXStaticMemberVarInstantiation(VarDecl *Variable) override { add(Variable); }

  void HandleTranslationUnit(ASTContext &Context) override {
    if (Compiler.getDiagnostics().hasErrorOccurred())
      return;
    Current.setDeclarations(frontend::digest(Context, Compiler.getCodeGenOpts(), Current.scheme(),
                                             Current.marks(), Functions, Variables));
  }

private:
  void add(const Decl *D) {
    if (const auto *Function = dyn_cast<FunctionDecl>(D))
      addFunction(Function);
    else if (const auto *Variable = dyn_cast<VarDecl>(D))
      addVariable(Variable);
    else if (isa<LinkageSpecDecl, NamespaceDecl, ExportDecl, CXXRecordDecl>(D))
      for (const Decl *Inner : cast<DeclContext>(D)->decls())
        add(Inner);
  }

  void addFunction(const FunctionDecl *Function) {
    if (Function->isDependentContext())
      return;
    if (Function->isThisDeclarationADefinition())
      Current.marks().markEager(Function);
    if (Function->isThisDeclarationADefinition() ||
        !FunctionEffectsRef::get(Function->getType()).empty())
      Functions.push_back(Function);
  }

  void addVariable(const VarDecl *Variable) {
    const bool Dependent =
        Variable->getDeclContext()->isDependentContext() || Variable->getType()->isDependentType();
    if (!Dependent && Variable->hasGlobalStorage() && Variable->hasInit())
      Variables.push_back(Variable);
  }

  CompilerInstance &Compiler;
  Session Current;
  std::vector<const FunctionDecl *> Functions;
  std::vector<const VarDecl *> Variables;
};

class Action : public PluginASTAction {
protected:
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &Compiler,
                                                 llvm::StringRef UnitName) override {
    if (!frontend::generatesCode(Compiler))
      return std::make_unique<ASTConsumer>();
    return std::make_unique<Consumer>(
        Compiler, frontend::remappedPath(UnitName, Compiler.getCodeGenOpts()), std::move(Rules));
  }

  ActionType getActionType() override { return AddBeforeMainAction; }

  bool ParseArgs(const CompilerInstance &Given, const std::vector<std::string> &Args) override {
    auto &Compiler = const_cast<CompilerInstance &>(Given); // clang's own diagnostics ask for it
    for (llvm::StringRef Arg : Args)
      if (!parse(Compiler, Arg))
        return false;
    return true;
  }

private:
  bool parse(CompilerInstance &Compiler, llvm::StringRef Arg) {
    llvm::StringRef File = Arg;
    if (!File.consume_front("policy=") || File.empty()) {
      reportFailure(Compiler, ("weir: unknown plugin argument '" + Arg +
                               "'; the one it knows is '-fplugin-arg-weir-policy=<file>'")
                                  .str());
      return false;
    }
    llvm::Expected<Policy> Loaded = Policy::load(File);
    if (!Loaded) {
      reportFailure(Compiler, policyError(Loaded.takeError()));
      return false;
    }
    Rules = std::move(*Loaded);
    return true;
  }

  /// The library says `file: error: what`; clang puts the severity first.
  static std::string policyError(llvm::Error Failure) {
    std::string Text = llvm::toString(std::move(Failure));
    const llvm::StringRef Severity = "error: ";
    if (const size_t At = Text.find(Severity); At != std::string::npos)
      Text.erase(At, Severity.size());
    return Text;
  }

  std::optional<Policy> Rules;
};

/// Comes in after clang's own consumer has written the output.
class AfterConsumer : public ASTConsumer {
public:
  explicit AfterConsumer(bool HasSession) : HasSession(HasSession) {}

  void HandleTranslationUnit(ASTContext &) override {
    if (HasSession && Session::active())
      Session::active()->finish();
  }

private:
  const bool HasSession;
};

class AfterAction : public PluginASTAction {
protected:
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &Compiler,
                                                 llvm::StringRef) override {
    return std::make_unique<AfterConsumer>(frontend::generatesCode(Compiler));
  }
  ActionType getActionType() override { return AddAfterMainAction; }
  bool ParseArgs(const CompilerInstance &, const std::vector<std::string> &) override {
    return true;
  }
};

FrontendPluginRegistry::Add<AfterAction> RegisteredAfter("weir-after",
                                                         "check that the facts were recorded");
FrontendPluginRegistry::Add<Action> Registered("weir",
                                               "record facts for weir-check in the object file");

} // namespace
} // namespace weir::plugin

#if LLVM_VERSION_MAJOR >= 22
/// Code generation must not write the section whose metadata the collector borrowed.
static bool beforeCodeGeneration(llvm::Module &, llvm::TargetMachine &Machine,
                                 llvm::CodeGenFileType, llvm::raw_pwrite_stream &) {
  const weir::plugin::Session *Current = weir::plugin::Session::active();
  if (Current && Current->suppressesCallGraphSection())
    Machine.Options.EmitCallGraphSection = false;
  return false;
}
#endif

extern "C"
    __attribute__((visibility("default"))) llvm::PassPluginLibraryInfo llvmGetPassPluginInfo() {
  llvm::PassPluginLibraryInfo Info{};
  Info.APIVersion = LLVM_PLUGIN_API_VERSION;
  Info.PluginName = "weir";
  Info.PluginVersion = WEIR_VERSION;
  Info.RegisterPassBuilderCallbacks = weir::plugin::registerPasses;
#if LLVM_VERSION_MAJOR >= 22
  Info.PreCodeGenCallback = beforeCodeGeneration;
#endif
  return Info;
}

#include "plugin/Session.h"

#include "facts/Encode.h"
#include "frontend/Collector.h"
#include "frontend/InUnitCheck.h"
#include "plugin/Diagnostics.h"
#include "plugin/Embed.h"
#include "clang/Basic/CodeGenOptions.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendOptions.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#if LLVM_VERSION_MAJOR >= 22
#include "llvm/Plugins/PassPlugin.h"
#endif
#include <dlfcn.h>

using namespace llvm;

#if LLVM_VERSION_MAJOR < 22
/// What an Any holds is told by this object's address, so it has to be LLVM's own, not a copy here.
extern template struct LLVM_EXTERNAL_VISIBILITY llvm::Any::TypeId<const llvm::Module *>;
#endif

namespace weir::plugin {

static Session *Active = nullptr;

Session *Session::active() { return Active; }

Session::Session(clang::CompilerInstance &Compiler, std::string UnitName,
                 std::optional<Policy> Rules)
    : Compiler(Compiler), UnitName(std::move(UnitName)), Rules(std::move(Rules)), Marks(Compiler) {
  Active = this;
}

Session::~Session() {
  if (Active == this)
    Active = nullptr;
}

#if LLVM_VERSION_MAJOR >= 22
/// Only a pass plugin is asked before machine code is generated, the one moment to keep the call
/// graph section from being written. Under `-fplugin=` alone, have clang load this library as one.
static void loadAsPassPlugin(clang::CompilerInstance &Compiler) {
  for (const auto &Loaded : Compiler.getPassPlugins())
    if (Loaded->getPluginName() == "weir")
      return;
  Dl_info Self;
  if (!dladdr(reinterpret_cast<void *>(&registerPasses), &Self))
    return;
  std::vector<std::string> PassPlugins{Self.dli_fname}, Plugins;
  std::swap(PassPlugins, Compiler.getCodeGenOpts().PassPlugins);
  std::swap(Plugins, Compiler.getFrontendOpts().Plugins);
  Compiler.LoadRequestedPlugins();
  std::swap(PassPlugins, Compiler.getCodeGenOpts().PassPlugins);
  std::swap(Plugins, Compiler.getFrontendOpts().Plugins);
}
#else
static void loadAsPassPlugin(clang::CompilerInstance &) {}
#endif

void Session::begin() {
  Route = frontend::requestTypes(Compiler);
  if (suppressesCallGraphSection())
    loadAsPassPlugin(Compiler);
  Compiler.getCodeGenOpts().PassBuilderCallbacks.push_back(registerPasses);
}

bool Session::suppressesCallGraphSection() const {
  return Route.Scheme == frontend::TypeScheme::Generalized && Route.Ours;
}

bool Session::claimPasses() { return !std::exchange(PassesClaimed, true); }

static void embed(Module &M, const facts::UnitFacts &Unit) {
  const SmallVector<char, 0> Blob = facts::encode(Unit);
  embedFacts(M, StringRef(Blob.data(), Blob.size()));
}

void Session::process(Module &M) {
  Processed = true;
  if (!canEmbedFacts(M)) {
    reportMissing(Compiler, "weir: no facts are recorded for this unit, because its object format "
                            "is not ELF");
  } else if (!hasFacts(M)) {
    const facts::UnitFacts Unit = frontend::collect(M, Declared, Route.Scheme, UnitName);
    embed(M, Unit);
    check(Unit);
  }
  if (Route.Ours)
    frontend::removeTypes(M, Route.Scheme);
  if (Marks.inUse())
    frontend::removeMarks(M);
  frontend::withdrawTypes(Compiler, Route);
}

void Session::finish() {
  if (Processed || Compiler.getDiagnostics().hasErrorOccurred())
    return;
  if (Route.Ours || Marks.inUse())
    reportFailure(Compiler, "weir: the facts of this unit could not be recorded, and what was "
                            "asked of code generation for them could not be removed; compile it "
                            "without the plugin");
  else
    reportMissing(Compiler, "weir: no facts are recorded for this unit, because it is compiled "
                            "without passes; weir-check will call it unverified");
}

void Session::check(const facts::UnitFacts &Unit) {
  if (!Rules)
    return;
  for (const frontend::BannedPath &Path : frontend::findBannedPaths(Unit, *Rules))
    reportBannedPath(Compiler, Unit, Path);
}

static void processAlone(Module &M) {
  if (canEmbedFacts(M) && !hasFacts(M))
    embed(M, frontend::collect(M, {}, frontend::TypeScheme::None, ""));
}

namespace {

/// Runs at every optimisation level, also on functions that are not to be optimised.
struct FactsPass : PassInfoMixin<FactsPass> {
  PreservedAnalyses run(Module &M, ModuleAnalysisManager &) {
    if (Session *Current = Session::active())
      Current->process(M);
    else
      processAlone(M);
    return PreservedAnalyses::none();
  }
  static bool isRequired() { return true; }
};

} // namespace

/// Where clang was told to run no passes, as in the first half of `-save-temps`, the module still
/// goes through the one that writes it: come in just before.
static void processBeforeFirstPass(PassBuilder &Builder) {
  PassInstrumentationCallbacks *Callbacks = Builder.getPassInstrumentationCallbacks();
  if (!Callbacks)
    return;
  Callbacks->registerBeforeNonSkippedPassCallback([Done = false](StringRef, Any Ir) mutable {
    const auto *M = any_cast<const Module *>(&Ir);
    if (!M || Done || !Session::active())
      return;
    Done = true;
    Session::active()->process(const_cast<Module &>(**M));
  });
}

void registerPasses(PassBuilder &Builder) {
  Session *Current = Session::active();
  if (Current && !Current->claimPasses())
    return;
  if (Current && Current->writesUnoptimizedIr()) {
    processBeforeFirstPass(Builder);
    return;
  }
  Builder.registerPipelineStartEPCallback(
      [](ModulePassManager &Passes, OptimizationLevel) { Passes.addPass(FactsPass()); });
}

} // namespace weir::plugin

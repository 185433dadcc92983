// One compile, from the moment its syntax tree is complete to the facts in its module.
#ifndef WEIR_PLUGIN_SESSION_H
#define WEIR_PLUGIN_SESSION_H

#include "facts/Model.h"
#include "frontend/CompilerSetup.h"
#include "frontend/Declarations.h"
#include "policy/Policy.h"
#include <optional>
#include <string>

namespace llvm {
class Module;
class PassBuilder;
} // namespace llvm

namespace weir::plugin {

/// What the half that sees the syntax tree hands to the half that sees the IR. Clang runs one
/// compile a process, so at most one session is active; without one the plugin was loaded for its
/// passes only, or the input is IR, and the facts hold what the IR alone can tell.
class Session {
public:
  Session(clang::CompilerInstance &Compiler, std::string UnitName, std::optional<Policy> Rules);
  ~Session();
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;

  static Session *active();

  /// Switches on what code generation has to leave in the IR, and has the passes registered.
  void begin();

  frontend::TypeScheme scheme() const { return Route.Scheme; }
  /// Whether the call graph section was switched on here, and must not be written.
  bool suppressesCallGraphSection() const;

  frontend::BodyMarks &marks() { return Marks; }
  void setDeclarations(frontend::Declarations Digest) { Declared = std::move(Digest); }
  bool writesUnoptimizedIr() const { return frontend::writesUnoptimizedIr(Compiler); }

  /// True for the first caller only: clang may reach the plugin by both of its flags.
  bool claimPasses();

  /// Records the facts of \p M in it, reports what they prove, and removes every trace of how they
  /// were found.
  void process(llvm::Module &M);

  /// Call when all output is written: says so if the facts are not in it.
  void finish();

private:
  void check(const facts::UnitFacts &Unit);

  clang::CompilerInstance &Compiler;
  const std::string UnitName;
  std::optional<Policy> Rules;
  frontend::Declarations Declared;
  frontend::TypeRoute Route;
  frontend::BodyMarks Marks;
  bool PassesClaimed = false;
  bool Processed = false;
};

/// Registers the passes of the active session, or those for a module that comes alone.
void registerPasses(llvm::PassBuilder &Builder);

} // namespace weir::plugin

#endif

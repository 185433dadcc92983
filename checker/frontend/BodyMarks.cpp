#include "frontend/BodyMarks.h"

#include "frontend/CompilerSetup.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/Decl.h"
#include "clang/Frontend/CompilerInstance.h"
#include "llvm/IR/Module.h"

using namespace clang;

namespace weir::frontend {

/// No section of a program is called so.
static constexpr llvm::StringLiteral Prefix = "weir.body.";

/// The number in the name of a mark's section; 0 when it is another section.
static unsigned numberOf(llvm::StringRef Section) {
  unsigned Number = 0;
  return Section.consume_front(Prefix) && !Section.getAsInteger(10, Number) ? Number : 0;
}

/// A module that this compile writes beside the object would hand the attribute to who imports it.
BodyMarks::BodyMarks(const CompilerInstance &Compiler)
    : Allowed(Compiler.getLangOpts().CPlusPlus && !leavesNoHook(Compiler) &&
              !Compiler.getLangOpts().isCompilingModule() &&
              Compiler.getFrontendOpts().ModuleOutputPath.empty()) {}

/// Code of functions that may never be needed, or may yet be specialised, waits for the end.
static bool waits(const FunctionDecl *Definition) {
  const auto Kind = Definition->getTemplateSpecializationKind();
  return Kind == TSK_ImplicitInstantiation ||
         (Kind == TSK_Undeclared && Definition->isInlined() && !Definition->hasAttrs());
}

void BodyMarks::markEager(const FunctionDecl *Definition) {
  if (Allowed && !waits(Definition))
    mark(Definition);
}

unsigned BodyMarks::mark(const FunctionDecl *Definition) {
  if (!Allowed)
    return 0;
  if (const auto *Given = Definition->getAttr<SectionAttr>())
    return numberOf(Given->getName());
  if (Definition->hasAttr<PragmaClangTextSectionAttr>() || Definition->hasAttr<CodeSegAttr>())
    return 0; // which would yield to it
  const unsigned Mark = Next++;
  auto *D = const_cast<FunctionDecl *>(Definition); // consumers are handed what they may not change
  D->addAttr(
      SectionAttr::CreateImplicit(Definition->getASTContext(), (Prefix + llvm::Twine(Mark)).str()));
  return Mark;
}

unsigned markOf(const llvm::Function &F) { return F.hasSection() ? numberOf(F.getSection()) : 0; }

void removeMarks(llvm::Module &M) {
  for (llvm::Function &F : M)
    if (markOf(F))
      F.setSection("");
}

} // namespace weir::frontend

#include "frontend/Classes.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;

namespace weir::frontend {

/// Whether this unit makes objects of a class, or has the code that does.
static bool isMade(const CXXRecordDecl *Class) {
  return llvm::any_of(Class->ctors(), [](const CXXConstructorDecl *Constructor) {
    return Constructor->isUsed() || (Constructor->isDefined() && !Constructor->isInlined());
  });
}

static void addHierarchy(const CXXRecordDecl *Class, Classes &Into) {
  llvm::SmallVector<const CXXRecordDecl *, 8> Work{Class};
  while (!Work.empty()) {
    const CXXRecordDecl *Next = Work.pop_back_val();
    if (!Into.Made.insert(Next))
      continue;
    for (const CXXBaseSpecifier &Base : Next->bases())
      if (const CXXRecordDecl *Above = Base.getType()->getAsCXXRecordDecl())
        Work.push_back(Above->getDefinition());
  }
}

/// A constructor that is inherited runs the initialisers of its own class's members.
static void addMethods(const CXXRecordDecl *Class, Classes &Into) {
  if (Class->isLambda()) {
    const CXXMethodDecl *Operator = Class->getLambdaCallOperator();
    if (Operator && !Operator->isDependentContext())
      Into.Methods.push_back(Operator);
    return;
  }
  for (const CXXMethodDecl *Method : Class->methods())
    if ((Method->isDefaulted() || Method->isImplicit()) && Method->doesThisDeclarationHaveABody() &&
        Method->isUsed())
      Into.Methods.push_back(Method);
}

static void add(const RecordDecl *Record, Classes &Into) {
  if (Record->isUnion())
    Into.Unions.push_back(Record);
  const auto *Class = dyn_cast<CXXRecordDecl>(Record);
  if (!Class)
    return;
  addMethods(Class, Into);
  if (Class->isPolymorphic() && isMade(Class))
    addHierarchy(Class, Into);
}

Classes classesOf(ASTContext &Context) {
  Classes Found;
  llvm::DenseSet<const RecordDecl *> Seen;
  const auto &Types = Context.getTypes();
  for (size_t I = 0; I < Types.size(); ++I) { // looking into one may load others: no iterators here
    const auto *Type = dyn_cast<RecordType>(Types[I]);
    const RecordDecl *Record = Type ? Type->getAsRecordDecl()->getDefinition() : nullptr;
    if (Record && !Record->isDependentContext() && Seen.insert(Record).second)
      add(Record, Found);
  }
  return Found;
}

} // namespace weir::frontend

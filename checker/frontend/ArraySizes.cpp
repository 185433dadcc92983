#include "frontend/ArraySizes.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/Expr.h"
#include "clang/AST/Type.h"

using namespace clang;

namespace weir::frontend {

llvm::SmallVector<const Expr *, 2> sizesIn(QualType T, const ASTContext &Context) {
  llvm::SmallVector<const Expr *, 2> Found;
  while (T->isVariablyModifiedType() && !isa<TypedefType, DecltypeType, AutoType>(T)) {
    if (const auto *Sized = dyn_cast<VariableArrayType>(T); Sized && Sized->getSizeExpr())
      Found.push_back(Sized->getSizeExpr());
    if (const auto *Named = dyn_cast<TypeOfExprType>(T)) {
      Found.push_back(Named->getUnderlyingExpr());
      break;
    }
    if (const auto *Parameter = dyn_cast<AdjustedType>(T))
      T = Parameter->getOriginalType();
    else if (const auto *Array = dyn_cast<ArrayType>(T))
      T = Array->getElementType();
    else if (const auto *Function = dyn_cast<FunctionType>(T))
      T = Function->getReturnType();
    else if (const auto *Atomic = dyn_cast<AtomicType>(T))
      T = Atomic->getValueType();
    else if (const QualType Pointee = T->getPointeeType(); !Pointee.isNull() && !T->isArrayType())
      T = Pointee;
    else if (const QualType Plain = T.getSingleStepDesugaredType(Context); Plain != T)
      T = Plain;
    else
      break;
  }
  return Found;
}

} // namespace weir::frontend

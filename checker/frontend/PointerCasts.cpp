#include "frontend/PointerCasts.h"

#include "clang/AST/Expr.h"

using namespace clang;

namespace weir::frontend {

static bool isNull(const Expr *Pointer) {
  const auto *Cast = dyn_cast<CastExpr>(Pointer);
  return Cast && Cast->getCastKind() == CK_NullToPointer;
}

static bool isLoose(QualType T) { return !T.isNull() && isa<FunctionNoProtoType>(T); }

void PointerCasts::add(const Expr *Pointer, QualType CastTo) {
  const QualType From = functionTypeOf(Pointer->getType());
  const QualType To = functionTypeOf(CastTo);
  if (From == To || isNull(Pointer) || (From.isNull() && isa<IntegerLiteral>(Pointer)))
    return;
  const bool Integer = (From.isNull() ? Pointer->getType() : CastTo)->isIntegerType();
  if (!Seen.insert({From.getAsOpaquePtr(), To.getAsOpaquePtr()}).second)
    return;
  PointerCast Found{From.isNull() ? "" : Types.name(From).str(),
                    To.isNull() ? "" : Types.name(To).str(),
                    isLoose(From),
                    isLoose(To),
                    Integer,
                    Pointer->getBeginLoc().getRawEncoding()};
  // Functions of a type without a name may be called through any pointer already, and a pointer of
  // such a type may be any function.
  const bool Nameless = From.isNull() ? Found.To.empty() : Found.From.empty();
  if (Nameless || Found.From == Found.To ||
      !Named.insert(Found.From + (Integer ? "#" : " ") + Found.To).second)
    return;
  Out.PointerCasts.push_back(std::move(Found));
}

/// Whether a cast changes the type under which an address may be called. One that does nothing
/// does, between types of C that are compatible and not the same.
static bool converts(const CastExpr *Cast) {
  switch (Cast->getCastKind()) {
  case CK_BitCast:
  case CK_LValueBitCast:
  case CK_LValueToRValueBitCast:
  case CK_PointerToIntegral:
  case CK_IntegralToPointer:
  case CK_ReinterpretMemberPointer:
    return true;
  case CK_NoOp: {
    const QualType To = functionTypeOf(Cast->getType());
    return !To.isNull() && To != functionTypeOf(Cast->getSubExpr()->getType());
  }
  default:
    return false;
  }
}

bool handsOn(const Stmt *Node) {
  if (const auto *Cast = dyn_cast<CastExpr>(Node))
    return converts(Cast) || Cast->getCastKind() == CK_FunctionToPointerDecay ||
           Cast->getCastKind() == CK_NoOp;
  if (const auto *Unary = dyn_cast<UnaryOperator>(Node))
    return Unary->getOpcode() == UO_AddrOf && Unary->getSubExpr()->getType()->isFunctionType();
  return isa<ParenExpr, ConditionalOperator>(Node);
}

QualType castAround(const Stmt *Parent, QualType CastTo, const Stmt *Child) {
  if (const auto *Choice = dyn_cast<ConditionalOperator>(Parent))
    return Child == Choice->getCond() ? QualType() : CastTo;
  if (const auto *Cast = dyn_cast<CastExpr>(Parent))
    if (CastTo.isNull() && converts(Cast))
      return Cast->getType();
  return CastTo;
}

} // namespace weir::frontend

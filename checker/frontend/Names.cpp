#include "frontend/Names.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace clang;

namespace weir::frontend {

QualType functionTypeOf(QualType T) {
  if (const QualType Pointee = T->getPointeeType(); !Pointee.isNull())
    T = Pointee;
  return T->isFunctionType() ? T.getCanonicalType() : QualType();
}

TypeNamer::TypeNamer(ASTContext &Context, TypeScheme Scheme)
    : Context(Context), Scheme(Scheme), Mangler(Context.createMangleContext()) {}

llvm::StringRef TypeNamer::name(QualType T) const {
  if (Scheme == TypeScheme::None)
    return "";
  std::unique_ptr<std::string> &Name = Known[T.getCanonicalType().getAsOpaquePtr()];
  if (!Name)
    Name = std::make_unique<std::string>(mangle(T.getCanonicalType()));
  return *Name;
}

std::string TypeNamer::mangle(QualType T) const {
  if (Scheme == TypeScheme::Generalized && !isExternallyVisible(T->getLinkage()))
    return "";
  if (const auto *Prototype = T->getAs<FunctionProtoType>())
    T = Context.getFunctionType(Prototype->getReturnType(), Prototype->getParamTypes(),
                                Prototype->getExtProtoInfo().withExceptionSpec(EST_None));
  std::string Mangled;
  llvm::raw_string_ostream Out(Mangled);
  Mangler->mangleCanonicalTypeName(T, Out, /*NormalizeIntegers=*/false);
  Out.flush();
  if (Scheme == TypeScheme::Generalized)
    return Mangled + ".generalized";
  return kcfiTypeName(static_cast<uint32_t>(llvm::xxHash64(llvm::StringRef(Mangled))));
}

/// Clang marks a name that takes no further prefix with a leading \1.
static std::string plain(std::string Symbol) {
  if (!Symbol.empty() && Symbol.front() == '\1')
    Symbol.erase(0, 1);
  return Symbol;
}

std::string SymbolNamer::symbol(const Decl *D) { return plain(Mangler.getName(D)); }

std::vector<std::string> SymbolNamer::symbols(const FunctionDecl *Function) {
  if (!isa<CXXConstructorDecl, CXXDestructorDecl>(Function))
    return {symbol(Function)};
  std::vector<std::string> All = Mangler.getAllManglings(Function);
  for (std::string &Symbol : All)
    Symbol = plain(std::move(Symbol));
  return All;
}

} // namespace weir::frontend

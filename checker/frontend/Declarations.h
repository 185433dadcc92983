// What only the syntax tree knows.
//
// The IR has the edges; the syntax tree has what code generation forgets: where things stand,
// effect attributes, and what types addresses and pointers are cast to. It is digested before code
// generation, because clang frees the tree before its back end.
#ifndef WEIR_FRONTEND_DECLARATIONS_H
#define WEIR_FRONTEND_DECLARATIONS_H

#include "frontend/BodyMarks.h"
#include "frontend/Occurrences.h"
#include "frontend/TypeScheme.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <optional>
#include <string>
#include <vector>

namespace clang {
class ASTContext;
class CodeGenOptions;
class FunctionDecl;
class SourceManager;
class VarDecl;
} // namespace clang

namespace weir::frontend {

/// A place in the source; Line 0 means unknown.
struct SourcePoint {
  std::string File;
  unsigned Line = 0;
  unsigned Column = 0;
};

struct DeclaredFunction {
  RawPlace Definition = 0;
  unsigned Body = 0; ///< index into Declarations::Bodies; 0 when it was not seen
  bool NonAllocating = false;
  bool Allocating = false;
  /// Of an alias or an ifunc, which may differ from its target's; empty when it has no name.
  std::optional<llvm::StringRef> Type;
};

/// One mention of a function other than to call it.
struct FunctionMention {
  std::string Function; ///< symbol name
  std::string Holder;   ///< symbol name of the object or function around it
  RawPlace Point = 0;
  bool Converted = false; ///< to a type other than its own
  std::string CastType;   ///< that type, empty when it has no name or is none of a function
  bool Untyped = false;   ///< converted to something that is not a function pointer
};

/// A function pointer of one type, not a function's name, that is converted to another.
struct PointerCast {
  std::string From; ///< empty: from what is no function pointer
  std::string To;   ///< empty when the type is lost
  bool FromNoPrototype = false;
  bool ToNoPrototype = false;
  bool ThroughInteger = false;
  RawPlace Point = 0; ///< the first place where it happens
};

/// What a variable is given; see facts::Store.
struct StoredValue {
  llvm::StringRef Variable;
  unsigned Flags = 0;
  std::string Function; ///< symbol name
  llvm::StringRef From; ///< another variable
  RawPlace Point = 0;
};

/// A function type whose pointers may become another type in memory; see facts::Retype.
struct RetypedPointer {
  std::string Type;
  unsigned Flags = 0;
  RawPlace Point = 0;
};

struct OverridingMethod {
  std::string Method;
  std::string Overridden;
};

/// The digest of one translation unit. Names in it belong to clang's identifiers, which live as
/// long as the compile.
struct Declarations {
  /// By symbol, where a function has no mark.
  llvm::StringMap<DeclaredFunction> Functions;
  /// By mark; those that no code is made of stay empty.
  std::vector<DeclaredFunction> Marked;
  /// The first is what runs before main.
  std::vector<Body> Bodies;
  /// In initialisers of objects with static storage.
  std::vector<FunctionMention> Initializers;
  /// In function bodies, only where the type changes.
  std::vector<FunctionMention> Casts;
  /// Each pair of types once.
  std::vector<PointerCast> PointerCasts;
  std::vector<RetypedPointer> Retypes;
  std::vector<StoredValue> Stores;
  std::vector<OverridingMethod> Overrides;
  /// Types without a prototype, as the scheme in force names them.
  llvm::StringSet<> Unprototyped;
  llvm::StringSet<> Texts; ///< owns names that others refer to
  /// Null when there was no source: the input is bitcode.
  const clang::SourceManager *Sources = nullptr;
  const clang::CodeGenOptions *Options = nullptr;

  SourcePoint point(RawPlace Where) const;
};

/// \p File after the prefix maps that debug information obeys.
std::string remappedPath(llvm::StringRef File, const clang::CodeGenOptions &Options);

/// Reads everything above from \p Functions (definitions and attributed declarations), from
/// \p Variables (static storage, with an initialiser) and from the unit's classes. Definitions of
/// which no code will be made are passed over, the others get their marks.
Declarations digest(clang::ASTContext &Context, const clang::CodeGenOptions &Options,
                    TypeScheme Scheme, BodyMarks &Marks,
                    const std::vector<const clang::FunctionDecl *> &Functions,
                    const std::vector<const clang::VarDecl *> &Variables);

} // namespace weir::frontend

#endif

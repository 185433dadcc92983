// Which function of the source a function of the IR is made from.
//
// In C the symbol says it. In C++ to mangle the names of all functions once more costs as much as
// all the rest of the plugin. So each definition is numbered before code is generated of it: by a
// section attribute, whose text code generation writes down with the function it makes, whatever
// that is called. It is read and removed before the first pass.
#ifndef WEIR_FRONTEND_BODYMARKS_H
#define WEIR_FRONTEND_BODYMARKS_H

#include <vector>

namespace clang {
class ASTContext;
class CompilerInstance;
class FunctionDecl;
} // namespace clang

namespace llvm {
class Function;
class Module;
} // namespace llvm

namespace weir::frontend {

/// Hands out the marks of one compile. A mark is a number from 1.
class BodyMarks {
public:
  /// Whether marks are of use, and can be removed again, is asked of \p Compiler. Call when the
  /// ASTConsumer is initialised.
  explicit BodyMarks(const clang::CompilerInstance &Compiler);

  /// Whether a mark may be in the IR.
  bool inUse() const { return Next != 1; }

  /// Marks \p Definition if code may be generated of it before the end of the unit.
  void markEager(const clang::FunctionDecl *Definition);
  /// The mark of \p Definition, which it is given if it has none; 0 when it can have none, because
  /// the user has chosen a section.
  unsigned mark(const clang::FunctionDecl *Definition);

private:
  bool Allowed;
  unsigned Next = 1;
};

/// The mark of the function that \p F is made from; 0 when there is none.
unsigned markOf(const llvm::Function &F);
void removeMarks(llvm::Module &M);

} // namespace weir::frontend

#endif

#include "policy/NameList.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace weir {

bool globMatch(StringRef Pattern, StringRef Name) {
  auto [Head, Rest] = Pattern.split('*');
  if (Head.size() == Pattern.size())
    return Name == Pattern;
  if (!Name.consume_front(Head))
    return false;
  // Each further piece may match as early as it can, the last one at the end.
  while (Rest.contains('*')) {
    auto [Piece, Next] = Rest.split('*');
    size_t Found = Name.find(Piece);
    if (Found == StringRef::npos)
      return false;
    Name = Name.drop_front(Found + Piece.size());
    Rest = Next;
  }
  return Name.ends_with(Rest);
}

bool isFileNamed(StringRef File, StringRef Name) {
  return globMatch(Name, File) || globMatch("*/" + Name.str(), File);
}

SymbolPattern::SymbolPattern(StringRef Text) : Text(Text.str()) {
  auto [Head, Tail] = Text.rsplit(':');
  bool HasFile = Head.size() != Text.size();
  File = HasFile ? Head.str() : "";
  Name = (HasFile ? Tail : Text).str();
}

bool SymbolPattern::isInFile(SymbolName Symbol) const {
  if (File.empty())
    return true;
  for (StringRef Of : {Symbol.Unit, Symbol.File})
    if (!Of.empty() && isFileNamed(Of, File))
      return true;
  return false;
}

void NameList::add(StringRef Pattern, PolicyPlace Place) {
  auto Number = static_cast<unsigned>(Entries.size());
  Entry New{SymbolPattern(Pattern), Place, false};
  if (New.Pattern.isExactName()) {
    SmallVectorImpl<unsigned> &Same = Exact[New.Pattern.name()];
    if (any_of(Same, [&](unsigned I) { return Entries[I].Pattern.text() == Pattern; }))
      return;
    Same.push_back(Number);
  } else {
    Globs.push_back(Number);
  }
  Entries.push_back(std::move(New));
}

template <typename Visitor> void NameList::forEachExact(SymbolName Symbol, Visitor Visit) const {
  if (Exact.empty()) // which is not worth hashing a name
    return;
  if (auto Found = Exact.find(Symbol.Name); Found != Exact.end())
    for (unsigned I : Found->second)
      if (Entries[I].Pattern.isInFile(Symbol))
        Visit(I);
}

template <typename Visitor> void NameList::forEachMatch(SymbolName Symbol, Visitor Visit) const {
  forEachExact(Symbol, Visit);
  for (unsigned I : Globs)
    if (Entries[I].Pattern.matches(Symbol))
      Visit(I);
}

bool NameList::contains(SymbolName Symbol) const {
  bool Matched = false;
  forEachMatch(Symbol, [&](unsigned) { Matched = true; });
  return Matched;
}

bool NameList::use(SymbolName Symbol) {
  bool Matched = false;
  forEachMatch(Symbol, [&](unsigned I) { Matched = Entries[I].Used = true; });
  return Matched;
}

bool NameList::useExact(SymbolName Symbol) {
  bool Matched = false;
  forEachExact(Symbol, [&](unsigned I) { Matched = Entries[I].Used = true; });
  return Matched;
}

} // namespace weir

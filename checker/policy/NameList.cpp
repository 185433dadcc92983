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

void NameList::add(StringRef Pattern, PolicyPlace Place) {
  auto Number = static_cast<unsigned>(Entries.size());
  if (Pattern.contains('*'))
    Globs.push_back(Number);
  else if (!Exact.try_emplace(Pattern, Number).second)
    return;
  Entries.push_back({Pattern.str(), Place, false});
}

bool NameList::contains(StringRef Name) const {
  return Exact.count(Name) ||
         any_of(Globs, [&](unsigned I) { return globMatch(Entries[I].Pattern, Name); });
}

bool NameList::use(StringRef Name) {
  bool Matched = false;
  auto Found = Exact.find(Name);
  if (Found != Exact.end())
    Matched = Entries[Found->second].Used = true;
  for (unsigned I : Globs)
    if (globMatch(Entries[I].Pattern, Name))
      Matched = Entries[I].Used = true;
  return Matched;
}

} // namespace weir

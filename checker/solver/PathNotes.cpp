#include "solver/PathNotes.h"
#include "solver/Names.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace weir {

std::string PathNotes::quoted(StringRef Symbol) const { return "'" + readableName(Symbol) + "'"; }

std::string PathNotes::quoted(NodeId Function) const { return quoted(P.Nodes[Function].Name); }

std::string PathNotes::symbolOf(NodeId Function) const { return P.symbolOf(Function); }

Place PathNotes::placeIn(uint32_t Unit, const facts::Location &Loc) const {
  const facts::UnitFacts &Facts = P.Units[Unit].Facts;
  if (Loc.File == 0)
    return {P.Units[Unit].name().str(), 0, 0};
  return {Facts.Strings[Loc.File].str(), Loc.Line, Loc.Column};
}

Place PathNotes::placeOf(NodeId Function) const {
  FactId Id = P.Nodes[Function].Function;
  if (Id == None)
    return {};
  auto [U, I] = P.Functions.find(Id);
  return placeIn(U, P.Units[U].Facts.Functions[I].Loc);
}

Place PathNotes::placeOf(const Step &S) const {
  const Edge &E = G.edge(S.Edge);
  switch (E.kind()) {
  case EdgeKind::Call: {
    auto [U, I] = P.Calls.find(E.fact());
    return placeIn(U, P.Units[U].Facts.Calls[I].Loc);
  }
  case EdgeKind::Site: {
    auto [U, I] = P.Sites.find(E.fact());
    return placeIn(U, P.Units[U].Facts.Sites[I].Loc);
  }
  case EdgeKind::SameCode:
    return placeOf(E.To);
  case EdgeKind::Address:
  case EdgeKind::Alias:
  case EdgeKind::Include:
    break;
  }
  return placeOf(S.From);
}

std::string PathNotes::siteText(const Step &S) const {
  const Edge &E = G.edge(S.Edge);
  if (E.kind() == EdgeKind::Alias)
    return "is chosen at load time";
  auto [U, I] = P.Sites.find(E.fact());
  const facts::UnitFacts &Facts = P.Units[U].Facts;
  const facts::Site &Site = Facts.Sites[I];
  if (Site.Flags & facts::SiteInlineAsm)
    return "calls from inline assembly";
  std::string How =
      Site.Flags & facts::SiteVirtual ? "makes a virtual call" : "calls through a pointer";
  if (Site.Type == 0)
    return How + " of unknown type";
  return How + " of type '" + readableType(Facts.Strings[Site.Type]) + "'";
}

/// `file:line:column`, as far as it is known.
static std::string words(const Place &At) {
  std::string Text = At.File;
  if (At.Line)
    Text += ":" + std::to_string(At.Line);
  if (At.Line && At.Column)
    Text += ":" + std::to_string(At.Column);
  return Text;
}

/// `'f', whose address is taken in 'h' at file:line:column`.
std::string PathNotes::addressText(const Edge &E) const {
  auto [U, I] = P.Addresses.find(E.fact());
  const facts::UnitFacts &Facts = P.Units[U].Facts;
  const facts::Address &A = Facts.Addresses[I];
  std::string Text = quoted(E.To) + ", whose address is taken";
  if (A.Holder)
    Text += " in " + quoted(Facts.Strings[A.Holder]);
  return Text + " at " + words(placeIn(U, A.Loc));
}

/// `, through a pointer cast from 'T' to 'U' at file:line:column`.
std::string PathNotes::castText(const TargetClass &Through) const {
  auto [U, I] = P.Casts.find(Through.Cast);
  const facts::UnitFacts &Facts = P.Units[U].Facts;
  const facts::Cast &C = Facts.Casts[I];
  std::string To = C.To ? "'" + readableType(Facts.Strings[C.To]) + "'" : "what has no type";
  return ", through a pointer cast from '" + readableType(Facts.Strings[C.From]) + "' to " + To +
         " at " + words(placeIn(U, C.Loc));
}

std::string PathNotes::directText(const Step &S) const {
  const Edge &E = G.edge(S.Edge);
  if (E.kind() == EdgeKind::Call)
    return " calls " + quoted(E.To);
  if (E.kind() == EdgeKind::SameCode)
    return (P.Nodes[E.To].Name == ("__wrap_" + P.Nodes[S.From].Name).str()
                ? " may be wrapped by the linker as "
                : " is another name of ") +
           quoted(E.To);
  if (E.kind() == EdgeKind::Address)
    return " may be resolved at load time to " + addressText(E);
  auto [U, I] = P.Aliases.find(E.fact());
  bool IsIfunc = P.Units[U].Facts.Aliases[I].Flags & facts::AliasIfunc;
  return (IsIfunc ? " is chosen at load time by " : " is another name of ") + quoted(E.To);
}

std::vector<Remark> PathNotes::hops(const Path &Steps) const {
  std::vector<Remark> Notes;
  for (size_t I = 0; I < Steps.size(); ++I) {
    const Step &First = Steps[I];
    Remark Note{placeOf(First), quoted(First.From), symbolOf(First.From)};
    if (!G.isClass(G.edge(First.Edge).To)) {
      Note.Text += directText(First);
      Note.To = symbolOf(G.edge(First.Edge).To);
      Notes.push_back(std::move(Note));
      continue;
    }
    Note.Text += " " + siteText(First);
    bool TypeKnown = true;
    std::vector<std::string> Casts;
    while (I + 1 < Steps.size() && G.isClass(G.edge(Steps[I].Edge).To)) {
      NodeId Through = G.edge(Steps[I++].Edge).To;
      const TargetClass &Class = G.Classes[G.classOf(Through)];
      TypeKnown &= Class.Kind != ClassKind::UnknownFunction;
      if (Class.Kind == ClassKind::Cast)
        Casts.push_back(castText(Class));
    }
    const Edge &Last = G.edge(Steps[I].Edge);
    if (!G.isClass(Last.To)) {
      Note.To = symbolOf(Last.To);
      Note.Text += (TypeKnown || !Casts.empty() ? " a function like "
                                                : " a function of unknown type like ") +
                   addressText(Last);
    }
    for (const std::string &Cast : llvm::reverse(Casts)) // as the pointer travelled
      Note.Text += Cast;
    Notes.push_back(std::move(Note));
  }
  return Notes;
}

} // namespace weir

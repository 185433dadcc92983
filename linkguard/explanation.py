"""Who keeps a banned function alive: one chain for each part of the image that refers to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from linkguard.dwarf import Frames
from linkguard.findings import BANNED_SYMBOL, UNUSED_POLICY, Finding, Note
from linkguard.graph import Edge, Paths, cheapest
from linkguard.lines import LineTable, Location
from linkguard.liveness import ROOT_COST, Hop, Image, Reason, Root, Use
from linkguard.policy import NameSet, Policy
from linkguard.remedy import Chain, remedy

# A whole function under another name; `.part` and `.cold` are pieces, and stay.
CLONE = re.compile(r"\.(constprop|isra|lto_priv|llvm)\.\d+")
USE_TEXT = {
    Hop.CALL: "called by {}",
    Hop.JUMP: "called by {}, as its last act",
    Hop.ADDRESS: "its address is in {}",
}


def explain(image: Image, policy: Policy) -> list[Finding]:
    """The findings for an image: direct users by banned function, then policy that is unused."""
    uses = image.uses(policy)
    edges = list(image.edges())
    roots = {number: ROOT_COST[root] for number, root in image.roots.items()}
    everything = cheapest(roots, [*edges, *image.sharing()])
    if policy.has_exceptions:
        uses = _not_allowed(image, policy, uses, edges, roots)
    explainer = _Explainer(image, everything)
    found = [(everything.cost.get(use.source, 0), explainer.finding(use)) for use in uses]
    found += [
        (0, explainer.unreferred(*item))
        for item in image.unused_banned(policy, uses)
        if not policy.has_exceptions
    ]
    found.sort(key=lambda item: (item[1].subject, item[0], item[1].location, item[1].text))
    return [finding for _, finding in found] + list(_unused_policy(image, policy))


def _not_allowed(
    image: Image, policy: Policy, uses: Iterable[Use], edges: Sequence[Edge], roots: dict[int, int]
) -> list[Use]:
    """The uses that are left when the policy's exceptions are cut out of the graph.

    What init code hands out outlives it: a function or table whose address is taken there, or a
    banned function itself, may be called at any time. No cut ends that.
    """
    starts = {number: cost for number, cost in roots.items() if not _is_init(image, policy, number)}
    kept = [edge for edge in edges if not _is_cut(image, policy, edge)]
    runs = cheapest(roots, edges)
    cut = cheapest(starts, kept)
    for edge in edges:
        handed_out = _hop(edge) == Hop.ADDRESS and not cut.reaches(edge.source)
        if handed_out and runs.reaches(edge.source) and not _is_excepted(image, policy, edge):
            starts.setdefault(edge.target, 0)
    cut = cheapest(starts, kept)
    return [
        use
        for use in uses
        if not any(policy.allows(name, use.banned) for name in image.entity(use.source).names)
        and (
            use.hop == Hop.ADDRESS
            or (
                not _is_init(image, policy, use.source)
                and (cut.reaches(use.source) or not runs.reaches(use.source))
            )
        )
    ]


def _hop(edge: Edge) -> Hop | None:
    return edge.label.hop if isinstance(edge.label, Reason) else None


def _is_init(image: Image, policy: Policy, number: int) -> bool:
    return any(name in policy.init for name in image.entity(number).names)


def _is_cut(image: Image, policy: Policy, edge: Edge) -> bool:
    if _is_init(image, policy, edge.source) or _is_init(image, policy, edge.target):
        return True
    return _is_allowed(image, policy, edge)


def _is_excepted(image: Image, policy: Policy, edge: Edge) -> bool:
    """Whether an address that init code takes is no news: of init code, or allowed to it."""
    return _is_init(image, policy, edge.target) or _is_allowed(image, policy, edge)


def _is_allowed(image: Image, policy: Policy, edge: Edge) -> bool:
    return any(
        policy.allows(caller, callee)
        for caller in image.entity(edge.source).names
        for callee in image.entity(edge.target).names
    )


def _unused_policy(image: Image, policy: Policy) -> Iterable[Finding]:
    """Exceptions for functions that the image does not have: policies rot."""
    if not policy.has_exceptions:
        return
    known = {name for entity in image.layout.entities for name in entity.names}
    known |= {reference.symbol for reference in image.references}
    entries = [(name, "[init]") for name in sorted(policy.init.exact | set(policy.init.globs))]
    entries += [(allow.caller, "[[allow]]") for allow in policy.allow]
    for name, table in entries:
        names = NameSet.of([name])
        if not any(candidate in names for candidate in known):
            place = Location(policy.path)
            text = f"'{name}' in {table} names nothing in the image"
            note = Note(place, "remove the entry; if the function was inlined, mark it noinline")
            yield Finding(UNUSED_POLICY, place, text, (note,), name)


class _Explainer:
    def __init__(self, image: Image, paths: Paths) -> None:
        self.image = image
        self.paths = paths
        self.lines = LineTable(image.layout)
        self.frames = Frames(image.elf)

    def finding(self, use: Use) -> Finding:
        edges = self.paths.to(use.source)
        first = edges[0].source if edges else use.source
        notes = [self._root_note(first), *self._hop_notes(edges)]
        notes.append(self._last_hop(use))
        chain = self._chain(use, first, edges)
        place = self._place(use.source, use.place)
        notes.append(Note(place, remedy(chain)))
        text = USE_TEXT[use.hop].format(self._source(use.source, use.place))
        return Finding(
            BANNED_SYMBOL, place, f"'{use.banned}' survives: {text}", tuple(notes), use.banned
        )

    def unreferred(self, number: int, name: str) -> Finding:
        """A banned function that is in the image although no other part refers to it."""
        edges = self.paths.to(number)
        first = edges[0].source if edges else number
        place = self._place(number, self.image.entity(number).start)
        shares = any(isinstance(e.label, Reason) and e.label.hop == Hop.SECTION for e in edges)
        chain = Chain(name, (name,), shares, False, False, False)
        notes = [self._root_note(first), *self._hop_notes(edges), Note(place, remedy(chain))]
        text = f"'{name}' survives: no call to it is left, but it is kept"
        return Finding(BANNED_SYMBOL, place, text, tuple(notes), name)

    def _chain(self, use: Use, first: int, edges: Sequence[Edge]) -> Chain:
        numbers = [first, *(edge.target for edge in edges)]
        named = [number for number in numbers if number < len(self.image.layout.entities)]
        piece = self.image.piece(use.source)
        return Chain(
            banned=use.banned,
            names=[self._name(number) for number in named],
            shares_section=len(named) < len(numbers),
            from_archive=bool(piece and piece.in_archive),
            unoptimised=_is_unoptimised(self.image),
            in_table=not self.image.entity(use.source).is_code,
        )

    def _root_note(self, number: int) -> Note:
        text = {
            Root.ENTRY: "'{}' is the entry point",
            Root.VECTORS: "'{}' is a vector table",
            Root.STARTUP: "'{}' lists what runs before or after main",
            Root.STARTUP_CODE: "'{}' runs before or after main",
            Root.EXPORTED: "'{}' is exported to other programs",
            Root.KEPT: "'{}' is kept without a reference (KEEP, used, -u)",
        }[self.image.roots.get(number, Root.KEPT)]
        place = self._place(number, self.image.entity(number).start)
        return Note(place, text.format(self._name(number)) + self._member(number))

    def _hop_notes(self, edges: Sequence[Edge]) -> list[Note]:
        notes: list[Note] = []
        count = len(self.image.layout.entities)
        for index, edge in enumerate(edges):
            reason = edge.label
            assert isinstance(reason, Reason)
            if edge.source >= count:
                continue  # the second half of a shared section
            if reason.hop == Hop.SECTION:
                target = edges[index + 1].target
                notes.append(self._shared_note(edge.source, target))
            else:
                notes.append(self._edge_note(edge, reason))
        return notes

    def _edge_note(self, edge: Edge, reason: Reason) -> Note:
        verb = self._verb(edge.source, edge.target, reason.hop)
        text = f"{self._source(edge.source, reason.place)} {verb} '{self._name(edge.target)}'"
        return Note(self._place(edge.source, reason.place), text + self._member(edge.source))

    def _verb(self, source: int, target: int, hop: Hop) -> str:
        if hop != Hop.ADDRESS:
            return "calls" if hop == Hop.CALL else "jumps to"
        holds = not self.image.entity(source).is_code
        if holds and self.image.roots.get(source) == Root.STARTUP:
            return "runs"
        if not self.image.entity(target).is_code:
            return "points to" if holds else "uses"
        return "holds the address of" if holds else "takes the address of"

    def _shared_note(self, source: int, target: int) -> Note:
        piece = self.image.piece(target)
        section = f"section '{piece.section}'" if piece else "a section"
        text = f"'{self._name(target)}' shares {section} with '{self._name(source)}'"
        return Note(
            self._place(target, self.image.entity(target).start), text + self._member(target)
        )

    def _last_hop(self, use: Use) -> Note:
        holds = not self.image.entity(use.source).is_code
        verb = {Hop.CALL: "calls", Hop.JUMP: "jumps to"}.get(
            use.hop, "holds the address of" if holds else "takes the address of"
        )
        text = f"{self._source(use.source, use.place)} {verb} '{use.banned}'"
        text += self._member(use.source)
        return Note(self._place(use.source, use.place), text)

    def _name(self, number: int) -> str:
        entity = self.image.entity(number)
        if entity.is_gap:
            piece = self.image.linkmap.at(entity.start)
            return piece.section if piece else entity.name
        return CLONE.sub("", entity.name)

    def _source(self, number: int, place: int) -> str:
        """The function that the source code has at a place, and where it was inlined."""
        name = f"'{self._name(number)}'"
        if self._is_foreign(number) or not self.image.entity(number).is_code:
            return name
        inlined = self.frames.inlined_at(place)
        return f"'{inlined[0]}' (inlined into {name})" if inlined else name

    def _is_foreign(self, number: int) -> bool:
        """Whether a part comes from a prebuilt library or object, not from the user's build."""
        piece = self.image.piece(number)
        return bool(piece and piece.is_foreign)

    def _member(self, number: int) -> str:
        piece = self.image.piece(number)
        return f", in {piece.member}" if piece and piece.member else ""

    def _place(self, number: int, address: int) -> Location:
        """The source line; without one, the object or archive member."""
        piece = self.image.piece(number)
        foreign = self._is_foreign(number)
        if self.image.entity(number).is_code:
            location = self.lines.at(address)
        else:
            start = self.image.entity(number).start
            location = Location() if foreign else self.frames.variable_at(start)
        if not location:
            return Location(piece.member if piece and piece.member else self.image.elf.label)
        return location.without_up() if foreign else location


def _is_unoptimised(image: Image) -> bool:
    """GCC notes its options: some unit of C or C++ was compiled without any -O."""
    section = image.elf.section_named(".debug_str")
    if section is None or section.flags & 0x800:
        return False
    strings = image.elf.bytes_of(section).split(b"\0")
    return any(s.startswith((b"GNU C1", b"GNU C++")) and b" -O" not in s for s in strings)

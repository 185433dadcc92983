"""Chains in words: a root, a note for each hop with its cause, the remedy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

from linkguard import callgraph
from linkguard.bytesearch import places
from linkguard.findings import BANNED_SYMBOL, LATE_INIT, Finding, Note, Why
from linkguard.frames import Frames
from linkguard.graph import Edge, Paths
from linkguard.lines import LineTable
from linkguard.liveness import Hop, Image, Reason, Root, Use
from linkguard.location import Location, shown
from linkguard.references import Kind
from linkguard.remedy import Chain, remedy

# A whole function under another name; `.part` and `.cold` are pieces, and stay.
CLONE = re.compile(r"\.(constprop|isra|lto_priv|llvm)\.\d+")
GCC, C_OR_CXX = b"GNU C", (b"1", b"+")  # how its options begin in the debug information
USE_TEXT = {
    Hop.CALL: "called by {}",
    Hop.JUMP: "called by {}, as its last act",
    Hop.ADDRESS: "its address is in {}",
}
VERB = {
    Why.CALL: "calls",
    Why.JUMP: "jumps to",
    Why.RUNS: "runs",
    Why.TABLE: "holds the address of",
    Why.ADDRESS: "takes the address of",
}
ROOT_TEXT = {
    Root.ENTRY: (Why.ENTRY, "'{}' is the entry point"),
    Root.VECTORS: (Why.VECTORS, "'{}' is a vector table"),
    Root.STARTUP: (Why.CONSTRUCTORS, "'{}' lists what runs before or after main"),
    Root.STARTUP_CODE: (Why.STARTUP, "'{}' runs before or after main"),
    Root.EXPORTED: (Why.EXPORTED, "'{}' is exported to other programs"),
    Root.KEPT: (Why.KEPT, "'{}' is kept without a reference (KEEP, used, -u)"),
}


class Chains:
    """The findings of one image, along the cheapest paths to the users of banned functions."""

    def __init__(self, image: Image, paths: Paths) -> None:
        self.image = image
        self.paths = paths
        self.lines = LineTable(image.layout)
        self.frames = Frames(image.elf)
        self.calls = callgraph.read(image.elf)

    def finding(self, use: Use, others: tuple[Note, ...] = ()) -> Finding:
        edges = self.paths.to(use.source)
        first = edges[0].source if edges else use.source
        notes = [self._root_note(first), *self._hop_notes(edges)]
        notes.append(self._last_hop(use))
        notes += self._callers_by_type(edges)
        place = self._place(use.source, use.place)
        notes.append(Note(place, remedy(self._chain(use, first, edges)), Why.REMEDY))
        text = USE_TEXT[use.hop].format(self._source(use.source, use.place))
        text = f"'{use.banned}' survives: {text}"
        return Finding(BANNED_SYMBOL, place, text, tuple(notes), use.banned, others)

    def unreferred(self, number: int, name: str, user: str) -> Finding:
        """A banned function that no other part refers to, or only `user`, which is banned too."""
        edges = self.paths.to(number)
        first = edges[0].source if edges else number
        place = self._place(number, self.image.entity(number).start)
        shares = any(isinstance(e.label, Reason) and e.label.hop == Hop.SECTION for e in edges)
        in_archive = self._in_archive(number)
        words = remedy(Chain(name, (name,), shares, in_archive, in_archive, False, False))
        text = f"'{name}' survives: no call to it is left, but it is kept"
        if user:
            words = f"it goes when '{user}' goes"
            text = f"'{name}' survives: only '{user}' uses it, which is banned itself"
        hops = [self._root_note(first), *self._hop_notes(edges)]
        notes = (*hops, Note(place, words, Why.REMEDY))
        return Finding(BANNED_SYMBOL, place, text, notes, name)

    def late_init(self, init: int, edges: Sequence[Edge]) -> Finding:
        """Init code that something reaches which does not run it."""
        numbers = [edges[0].source, *(edge.target for edge in edges)]
        functions = [n for n in numbers if self.image.entity(n).is_function]
        start, target = self.name(functions[0]), self.name(init)
        last = self._hop_notes(edges[-1:])[0].location
        words = (
            f"remove the call or, if '{start}' runs before init is over, name it in the policy: "
            f'[init] callers = ["{start}"]'
        )
        hops = [self._root_note(edges[0].source), *self._hop_notes(edges)]
        text = f"'{start}' reaches init function '{target}', which runs before the system is sealed"
        return Finding(LATE_INIT, last, text, (*hops, Note(last, words, Why.REMEDY)), target)

    def others(self, use: Use, edges: Sequence[Edge]) -> tuple[Note, ...]:
        """The references beside the chain on some way from a root to a user."""
        on_chain = {(edge.source, edge.target) for edge in self.paths.to(use.source)}
        incoming: dict[int, list[Edge]] = {}
        for edge in edges:
            if self.paths.reaches(edge.source) and edge.source != edge.target:
                incoming.setdefault(edge.target, []).append(edge)
        found: dict[tuple[int, int], Edge] = {}
        seen, todo = {use.source}, [use.source]
        while todo:
            for edge in incoming.get(todo.pop(), ()):
                if edge.source not in seen:
                    seen.add(edge.source)
                    todo.append(edge.source)
                if (edge.source, edge.target) not in on_chain:
                    found.setdefault((edge.source, edge.target), edge)
        return tuple(self._hop_notes([found[key] for key in sorted(found)]))

    def _chain(self, use: Use, first: int, edges: Sequence[Edge]) -> Chain:
        numbers = [first, *(edge.target for edge in edges)]
        count = len(self.image.layout.entities)
        named = [number for number in numbers if number < count]
        sharing = [after for node, after in pairwise(numbers) if node >= count]
        return Chain(
            banned=use.banned,
            names=[self.name(number) for number in named],
            shares_section=bool(sharing),
            shares_in_archive=all(map(self._in_archive, sharing)),
            from_archive=self._in_archive(use.source),
            unoptimised=self._is_unoptimised,
            in_table=not self.image.entity(use.source).is_function,
        )

    def _in_archive(self, number: int) -> bool:
        piece = self.image.piece(number)
        return piece is not None and piece.in_archive

    def _root_note(self, number: int) -> Note:
        why, text = ROOT_TEXT[self.image.entered.get(number, Root.KEPT)]
        place = self._place(number, self.image.entity(number).start)
        name = self.name(number)
        return Note(place, text.format(name) + self._member(number), why, target=name)

    def _hop_notes(self, edges: Sequence[Edge]) -> list[Note]:
        notes: list[Note] = []
        count = len(self.image.layout.entities)
        for index, edge in enumerate(edges):
            reason = edge.label
            assert isinstance(reason, Reason)
            if edge.source >= count:
                continue  # the second half of a shared section
            if reason.hop == Hop.SECTION:
                notes.append(self._shared_note(edge.source, edges[index + 1].target))
            else:
                notes.append(self._edge_note(edge, reason))
        return notes

    def _callers_by_type(self, edges: Sequence[Edge]) -> list[Note]:
        """For each function that the chain reaches by its address: who may call it by that."""
        found: list[Note] = []
        for edge in edges:
            taken = isinstance(edge.label, Reason) and edge.label.hop == Hop.ADDRESS
            if taken and edge.target < len(self.image.layout.entities):
                start = self.image.entity(edge.target).start
                for caller in map(self.image.layout.find, self.calls.may_call(start)):
                    if caller >= 0:
                        found.append(self._may_call(caller, self.name(edge.target)))
        return found

    def _may_call(self, caller: int, target: str) -> Note:
        place = self.sites.get(caller, self.image.entity(caller).start)
        text = f"{self._source(caller, place)} may call '{target}' through a pointer of its type"
        names = (self.name(caller), target)
        where = self._place(caller, place)
        return Note(where, text + self._member(caller), Why.MAY_CALL, *names)

    @cached_property
    def sites(self) -> dict[int, int]:
        """The first call through a pointer of each part that has one."""
        found: dict[int, int] = {}
        for reference in self.image.references:
            if reference.kind == Kind.SITE:
                found.setdefault(reference.source, reference.place)
        return found

    def unresolved(self) -> tuple[str, ...]:
        """A word on calls through pointers without a type, where others have one."""
        if not self.calls.is_there:
            return ()
        unknown = sorted(
            self.name(number)
            for number in self.sites
            if not self.calls.calls.get(self.image.entity(number).start)
        )
        if not unknown:
            return ()
        names = ", ".join(f"'{name}'" for name in unknown[:5])
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        return (f"calls through pointers in {names}{more} have no type on record: unresolved",)

    def _edge_note(self, edge: Edge, reason: Reason) -> Note:
        why = self._why(edge.source, edge.target, reason.hop)
        verb = VERB[why]
        if reason.hop == Hop.ADDRESS and not self.image.entity(edge.target).is_function:
            verb = "points to" if why == Why.TABLE else "uses"
        return self._hop(edge.source, reason.place, why, verb, self.name(edge.target))

    def _last_hop(self, use: Use) -> Note:
        why = self._why(use.source, -1, use.hop)
        return self._hop(use.source, use.place, why, VERB[why], use.banned)

    def _hop(self, source: int, address: int, why: Why, verb: str, target: str) -> Note:
        text = f"{self._source(source, address)} {verb} '{target}'{self._member(source)}"
        return Note(self._place(source, address), text, why, self.name(source), target)

    def _why(self, source: int, target: int, hop: Hop) -> Why:
        if hop != Hop.ADDRESS:
            return Why.CALL if hop == Hop.CALL else Why.JUMP
        if self.image.entity(source).is_function:
            return Why.ADDRESS
        runs = target >= 0 and self.image.entered.get(source) == Root.STARTUP
        return Why.RUNS if runs else Why.TABLE

    def _shared_note(self, source: int, target: int) -> Note:
        piece = self.image.piece(target)
        section = f"section '{piece.section}'" if piece else "a section"
        text = f"'{self.name(target)}' shares {section} with '{self.name(source)}'"
        place = self._place(target, self.image.entity(target).start)
        names = (self.name(source), self.name(target))
        return Note(place, text + self._member(target), Why.SECTION, *names)

    def name(self, number: int) -> str:
        entity = self.image.entity(number)
        if entity.is_gap:
            piece = self.image.linkmap.at(entity.start)
            return piece.section if piece else entity.name
        return CLONE.sub("", entity.name)

    def _source(self, number: int, place: int) -> str:
        """The function that the source code has at a place, and where it was inlined."""
        name = f"'{self.name(number)}'"
        if self._is_foreign(number) or not self.image.entity(number).is_function:
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
        if self.image.entity(number).is_function:
            location = self.lines.at(address)
        else:
            start = self.image.entity(number).start
            location = Location() if foreign else self.frames.variable_at(start)
        if not location:
            return Location(piece.member if piece and piece.member else self.image.elf.label)
        return location.without_up() if foreign else shown(location)

    @cached_property
    def _is_unoptimised(self) -> bool:
        """GCC notes its options: some unit of C or C++ was compiled without any -O."""
        section = self.image.elf.section_named(".debug_str")
        if section is None or section.flags & 0x800:
            return False
        data = self.image.elf.bytes_of(section)
        begins = (at for at in places(data, GCC) if at == 0 or not data[at - 1])
        strings = (data[at : data.find(b"\0", at)] for at in begins)
        return any(s[len(GCC) :].startswith(C_OR_CXX) and b" -O" not in s for s in strings)

"""Why the linker keeps what it keeps: the graph of an image, and its roots.

A linker collects sections, not functions. So beside the references there is a hop of last
resort: two functions of one input section live and die together. It costs so much that a path
takes it only where nothing calls.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from linkguard import elf as elf_format
from linkguard.bytesearch import places
from linkguard.code import Entity, Layout
from linkguard.elf import Elf
from linkguard.errors import LinkguardError
from linkguard.graph import Edge
from linkguard.linkmap import LinkMap, Piece
from linkguard.policy import WRAP, Policy, base_name
from linkguard.references import Kind, Reference, references

VECTOR_WORDS = ("vector", "isr", "interrupt")
VECTORS = re.compile("|".join(VECTOR_WORDS), re.IGNORECASE)
STARTUP = (".init_array", ".preinit_array", ".fini_array", ".ctors", ".dtors")
STARTUP_CODE = (".init", ".fini")


class Hop(Enum):
    """Why one part of an image keeps another."""

    CALL = "call"
    JUMP = "jump"
    ADDRESS = "address"
    SECTION = "section"


class Root(Enum):
    """Why a part of an image is kept by itself."""

    ENTRY = "entry"
    VECTORS = "vectors"
    STARTUP = "startup"
    STARTUP_CODE = "startup code"
    EXPORTED = "exported"
    KEPT = "kept"


COST = {Hop.CALL: 10, Hop.JUMP: 10, Hop.ADDRESS: 12, Hop.SECTION: 10_000}
ROOT_COST = {
    Root.ENTRY: 0,
    Root.VECTORS: 5,
    Root.STARTUP: 5,
    Root.STARTUP_CODE: 500,
    Root.EXPORTED: 8,
    Root.KEPT: 1_000_000,
}


class Reason(NamedTuple):
    """The label of an edge."""

    hop: Hop
    place: int
    inferred: bool = False
    sure: bool = True  # False: there may be such an edge, only decoding could tell


class Use(NamedTuple):
    """One part of an image that refers to a banned function directly."""

    banned: str
    source: int
    place: int
    hop: Hop


class Image:
    """A linked image with its map: parts, references, roots."""

    def __init__(self, elf: Elf, linkmap: LinkMap, need_relocations: bool = True) -> None:
        """Without relocations there are only the references that branches in the code make."""
        self.elf = elf
        loaded = {s.name for s in elf.sections if s.flags & elf_format.SHF_ALLOC}
        self.linkmap = linkmap.within(loaded)
        self.layout = Layout(elf, self.linkmap.edges())
        if elf.is_object:
            raise LinkguardError(elf.label, "an object file: give the linked image")
        if not elf.symbol_count:
            raise LinkguardError(elf.label, "no symbol table: link it without -s")
        if need_relocations and not elf.relocation_sections:
            raise LinkguardError(
                elf.label,
                "no relocations: link it with -Wl,--emit-relocs, or give the link command after --",
            )
        self.collected = True  # False: the linker kept everything, used or not

    @cached_property
    def references(self) -> list[Reference]:
        return references(self.layout)

    def entity(self, number: int) -> Entity:
        return self.layout.entities[number]

    def piece(self, number: int) -> Piece | None:
        return self.linkmap.at(self.entity(number).start)

    @cached_property
    def pieces(self) -> dict[Piece, list[int]]:
        """The named parts of each input section."""
        found: dict[Piece, list[int]] = {}
        for number, entity in enumerate(self.layout.entities):
            piece = self.linkmap.at(entity.start)
            if piece is not None:
                found.setdefault(piece, []).append(number)
        return found

    def edges(self) -> Iterator[Edge]:
        return edges_of(self.references)

    def sharing(self) -> Iterator[Edge]:
        """From each part of an input section to the others, over a node for the section."""
        node = len(self.layout.entities)
        for numbers in self.pieces.values():
            if len(numbers) < 2:
                continue
            for number in numbers:
                start = self.entity(number).start
                yield Edge(number, node, COST[Hop.SECTION], Reason(Hop.SECTION, start))
                yield Edge(node, number, 0, Reason(Hop.SECTION, start))
            node += 1

    def uses(self, policy: Policy) -> list[Use]:
        """The direct users of banned functions: one entry a user and function, the first place.

        A banned function that uses another one is no cause of its own: its users are.
        """
        return self.uses_among(self.references, self.banned(policy), policy)

    def uses_among(
        self, references: Iterable[Reference], banned: dict[int, str], policy: Policy
    ) -> list[Use]:
        found: dict[tuple[str, int], Use] = {}
        for reference in references:
            name = self._names_banned(reference, banned, policy)
            if name is None or reference.source in banned or reference.kind not in _HOPS:
                continue
            key = (name, reference.source)
            if key not in found:
                found[key] = Use(name, reference.source, reference.place, _HOPS[reference.kind])
        return list(found.values())

    def banned(self, policy: Policy) -> dict[int, str]:
        """The banned functions in the image, by number, with the name that is banned."""
        table = self.elf.some_symbols
        found: dict[int, str] = {}
        for symbol in table.named(table.banned_names(policy)) if table else ():
            address = self.layout.address_of(symbol)
            number = -1 if address is None else self.layout.find(address)
            if number >= 0 and self.entity(number).is_function:
                names = [name for name in self.entity(number).names if policy.bans(name)]
                if names:
                    found[number] = base_name(sorted(names)[0])
        return dict(sorted(found.items()))

    def _names_banned(
        self, reference: Reference, banned: dict[int, str], policy: Policy
    ) -> str | None:
        if reference.target >= 0:
            return banned.get(reference.target)
        name = base_name(reference.symbol) if reference.symbol else ""
        if name.startswith(WRAP):
            name = name[len(WRAP) :]
        return name if name and policy.bans(name) else None

    def unused_banned(self, policy: Policy, uses: list[Use]) -> list[tuple[int, str]]:
        """Banned functions in the image that nothing else in it refers to."""
        used = {use.banned for use in uses}
        return [(number, name) for number, name in self.banned(policy).items() if name not in used]

    @cached_property
    def roots(self) -> dict[int, Root]:
        """Where the image is entered from outside, and what is kept without a reference."""
        referred = {r.target for r in self.references if r.target != r.source}
        kept = {n: Root.KEPT for n in range(len(self.layout.entities)) if n not in referred}
        return kept | self.entered

    @cached_property
    def entered(self) -> dict[int, Root]:
        """Where the image is entered from outside."""
        exported = {
            symbol.value & ~1
            for symbol in self.elf.dynamic_symbols
            if symbol.section != elf_format.SHN_UNDEF
        }
        found: dict[int, Root] = {}
        for number in self._outstanding(exported):
            root = self._entered_at(number, exported)
            if root is not None:
                found[number] = root
        entry = self.layout.find(self.elf.entry & ~1 if self.elf.machine == 40 else self.elf.entry)
        if entry >= 0:
            found[entry] = Root.ENTRY
        return found

    def _outstanding(self, exported: set[int]) -> list[int]:
        """The parts that may be roots, by the names of their sections or their addresses."""
        layout = self.layout
        found = {layout.find(address) for address in exported} - {-1}
        ranges = self.linkmap.spans_of(_outstanding_among(self.linkmap.sections()))
        loaded = [self.elf.sections[index] for index in layout.bases]
        outputs = _outstanding_among("\n".join(s.name for s in loaded).encode("utf-8"))
        for section, base in zip(loaded, layout.bases.values(), strict=True):
            if section.name.encode("utf-8") in outputs:
                ranges.append((base, base + section.size))
        for start, end in ranges:
            found.update(range(bisect_left(layout.starts, start), bisect_left(layout.starts, end)))
        return sorted(found)

    def _entered_at(self, number: int, exported: set[int]) -> Root | None:
        entity = self.entity(number)
        section = self.elf.sections[entity.section].name
        piece = self.linkmap.at(entity.start)
        input_section = piece.section if piece else section
        if section.startswith(STARTUP) or input_section.startswith(STARTUP):
            return Root.STARTUP
        if input_section in STARTUP_CODE:
            return Root.STARTUP_CODE
        if VECTORS.search(input_section) and not entity.is_function:
            return Root.VECTORS
        return Root.EXPORTED if entity.start in exported else None


def _outstanding_among(names: bytes) -> set[bytes]:
    """Those names of sections, one a line, that may hold roots. Most names are of functions, so
    words are looked for in all names at once, and names around them."""
    lines, together = b"\n" + names + b"\n", b"\n" + names.lower()
    begins = [b"\n" + word.encode() for word in (*STARTUP, *STARTUP_CODE)]
    found = {at + 1 for word in begins for at in places(lines, word)}
    for word in VECTOR_WORDS:
        found.update(together.rfind(b"\n", 0, at) + 1 for at in places(together, word.encode()))
    return {lines[at : lines.find(b"\n", at)] for at in found}


def edges_of(references: Iterable[Reference]) -> Iterator[Edge]:
    for kind, source, place, target, _, inferred in references:
        if target >= 0 and (hop := _HOPS.get(kind)):
            yield Edge(source, target, _COSTS[kind], Reason(hop, place, inferred))


_HOPS = {Kind.CALL: Hop.CALL, Kind.JUMP: Hop.JUMP, Kind.ADDRESS: Hop.ADDRESS}
_COSTS = {kind: COST[hop] for kind, hop in _HOPS.items()}

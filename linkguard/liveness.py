"""Why the linker keeps what it keeps: the graph of an image, and its roots.

A linker collects sections, not functions. So beside the references there is a hop of last
resort: two functions of one input section live and die together. It costs so much that a path
takes it only where nothing calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from linkguard import elf as elf_format
from linkguard.code import Entity, Layout
from linkguard.elf import Elf
from linkguard.errors import LinkguardError
from linkguard.graph import Edge
from linkguard.guardfiles import WRAP
from linkguard.linkmap import LinkMap, Piece
from linkguard.policy import Policy, base_name
from linkguard.references import Kind, Reference, references

VECTORS = re.compile(r"vector|isr|interrupt", re.IGNORECASE)
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


@dataclass(frozen=True, slots=True)
class Reason:
    """The label of an edge."""

    hop: Hop
    place: int
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Use:
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
        self.layout = Layout(elf, [(piece.start, piece.end) for piece in self.linkmap.pieces])
        if elf.is_object:
            raise LinkguardError(elf.label, "an object file: give the linked image")
        if not elf.symbols:
            raise LinkguardError(elf.label, "no symbol table: link it without -s")
        if need_relocations and not elf.relocation_sections:
            raise LinkguardError(
                elf.label,
                "no relocations: link it with -Wl,--emit-relocs, or give the link command after --",
            )
        self.references = references(self.layout)
        self.collected = True  # False: the linker kept everything, used or not

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
        for reference in self.references:
            if reference.target >= 0 and reference.kind in _HOPS:
                hop = _HOPS[reference.kind]
                label = Reason(hop, reference.place, reference.inferred)
                yield Edge(reference.source, reference.target, COST[hop], label)

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
        banned = self._banned(policy)
        found: dict[tuple[str, int], Use] = {}
        for reference in self.references:
            name = self._names_banned(reference, banned, policy)
            if name is None or reference.source in banned or reference.kind not in _HOPS:
                continue
            key = (name, reference.source)
            if key not in found:
                found[key] = Use(name, reference.source, reference.place, _HOPS[reference.kind])
        return list(found.values())

    def _banned(self, policy: Policy) -> dict[int, str]:
        found: dict[int, str] = {}
        for number, entity in enumerate(self.layout.entities):
            if entity.is_function:
                names = [name for name in entity.names if policy.bans(name)]
                if names:
                    found[number] = base_name(sorted(names)[0])
        return found

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
        return [(number, name) for number, name in self._banned(policy).items() if name not in used]

    @cached_property
    def roots(self) -> dict[int, Root]:
        """Where the image is entered from outside, and what is kept without a reference."""
        found: dict[int, Root] = {}
        referred = {r.target for r in self.references if r.target != r.source}
        exported = {
            symbol.value & ~1
            for symbol in self.elf.dynamic_symbols
            if symbol.section != elf_format.SHN_UNDEF
        }
        for number, entity in enumerate(self.layout.entities):
            section = self.elf.sections[entity.section].name
            piece = self.linkmap.at(entity.start)
            input_section = piece.section if piece else section
            if section.startswith(STARTUP) or input_section.startswith(STARTUP):
                found[number] = Root.STARTUP
            elif input_section in STARTUP_CODE:
                found[number] = Root.STARTUP_CODE
            elif VECTORS.search(input_section) and not entity.is_function:
                found[number] = Root.VECTORS
            elif entity.start in exported:
                found[number] = Root.EXPORTED
            elif number not in referred:
                found[number] = Root.KEPT
        entry = self.layout.find(self.elf.entry & ~1 if self.elf.machine == 40 else self.elf.entry)
        if entry >= 0:
            found[entry] = Root.ENTRY
        return found


_HOPS = {Kind.CALL: Hop.CALL, Kind.JUMP: Hop.JUMP, Kind.ADDRESS: Hop.ADDRESS}

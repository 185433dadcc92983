"""The graph of an image on demand: who uses banned functions, and the cheapest ways to those.

A large image has a hundred thousand references, a few chains a few hundred. So the users of banned
functions come from the relocations that name them, and from there on only the parts are read that
the search passes. What it finds is what `liveness.py` finds with the whole graph.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from linkguard import callgraph
from linkguard.code import Entity
from linkguard.elf import EM_X86_64
from linkguard.graph import Edge, Paths, cheapest_to
from linkguard.guardfiles import WRAP
from linkguard.liveness import COST, ROOT_COST, Hop, Image, Reason, Root, Use, edges_of
from linkguard.policy import Policy
from linkguard.references import Reference, Scan


def can_serve(image: Image, policy: Policy) -> bool:
    """Whether parts can be read one by one: no literal pools, every addend in its relocation, and
    nobody who asks for calls through pointers, or for more than the cheapest ways.
    """
    elf = image.elf
    return (
        elf.machine == EM_X86_64
        and image.collected
        and bool(elf.relocation_sections)
        and not policy.has_exceptions
        and elf.section_named(callgraph.SECTION) is None
    )


class Demand:
    """An image's graph, read as far as it is asked for."""

    def __init__(self, image: Image, policy: Policy) -> None:
        self.image = image
        self.policy = policy
        self.layout = image.layout
        self.spans = {(piece.start, piece.end) for piece in image.linkmap.pieces}
        self.scan = Scan(image.layout, self._is_alone)
        self.banned = image.banned(policy)

    def _is_alone(self, entity: Entity) -> bool:
        """Whether a function fills an input section whose relocations the linker has kept."""
        sized = entity.is_function and entity.has_size
        kept = entity.section in self.image.elf.relocation_sections
        return sized and kept and (entity.start, entity.end) in self.spans

    def references(self, number: int) -> list[Reference]:
        return self.scan.of(number)

    def uses(self) -> list[Use]:
        """As `Image.uses`, from those parts alone that may use a banned function."""
        found = [r for number in sorted(self._suspects()) for r in self.references(number)]
        return self.image.uses_among(found, self.banned, self.policy)

    def _suspects(self) -> set[int]:
        found = set(self._related())
        if not self.banned:
            return found
        starts = self.layout.starts
        for number in self.banned:
            found.update((number - 1, number))
            if piece := self.image.piece(number):
                found.update(
                    range(bisect_left(starts, piece.start), bisect_left(starts, piece.end))
                )
        # Nobody knows what made the stretches that are of no input section: stubs, tables.
        found.update(n for n, start in enumerate(starts) if self.image.linkmap.at(start) is None)
        return found - {-1}

    def _related(self) -> Iterator[int]:
        """The parts with a relocation that names a banned function, or may mean its address."""
        named, values = self._symbols()
        parts = [self.layout.entities[number] for number in self.banned]
        ranges = [(part.start - 8, part.end + 8) for part in parts]
        low = min((start for start, _ in ranges), default=0)
        high = max((end for _, end in ranges), default=0)
        for index in self.layout.bases:
            entries = self.scan.relocations_of(index)
            shift = entries.shift
            columns = zip(entries.offsets, entries.infos, entries.addends, strict=True)
            for offset, info, addend in columns:
                symbol = info >> shift
                at = values[symbol] + addend
                if symbol in named or (low <= at < high and any(s <= at < e for s, e in ranges)):
                    yield self.layout.find(offset)

    def _symbols(self) -> tuple[set[int], Sequence[int]]:
        """The symbols whose names are banned, by index; and the values of all."""
        table = self.image.elf.some_symbols
        assert table is not None
        names = [*table.banned_names(self.policy)]
        names += [symbol.name for symbol in table.starting_with(WRAP.encode())]
        return set(table.indices(names)), table.values

    def paths(self, wanted: set[int]) -> Paths | None:
        """The cheapest ways to some parts; None where one starts at what nothing refers to."""
        roots = {number: ROOT_COST[root] for number, root in self.image.entered.items()}
        found = cheapest_to(wanted, roots, self._outgoing)
        limit = ROOT_COST[Root.KEPT]
        return found if all(found.cost.get(n, limit) < limit for n in wanted) else None

    def _outgoing(self, node: int) -> list[Edge]:
        count = len(self.layout.entities)
        if node >= count:
            return [self._shared(node, n) for n in self._beside(node - count)]
        edges = list(edges_of(self.references(node)))
        beside = self._beside(node)
        if len(beside) > 1:
            label = Reason(Hop.SECTION, self.layout.starts[node])
            edges.append(Edge(node, count + beside[0], COST[Hop.SECTION], label))
        return edges

    def _shared(self, node: int, number: int) -> Edge:
        return Edge(node, number, 0, Reason(Hop.SECTION, self.layout.starts[number]))

    def _beside(self, number: int) -> list[int]:
        """All parts of the input section that one is in."""
        piece = self.image.piece(number)
        if piece is None:
            return []
        starts = self.layout.starts
        numbers = range(bisect_left(starts, piece.start), bisect_left(starts, piece.end))
        return [n for n in numbers if self.image.linkmap.at(starts[n]) == piece]

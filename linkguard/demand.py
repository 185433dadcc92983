"""The graph of an image on demand: who uses banned functions, and the cheapest ways to those.

A large image has a hundred thousand references, a few chains a few hundred. So the users of banned
functions come from the relocations that name them, and from there on only the parts are read that
the search passes. What it finds is what `liveness.py` finds with the whole graph.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import compress

from linkguard import callgraph
from linkguard.code import Entity
from linkguard.elf import EM_X86_64
from linkguard.graph import Edge, Paths, cheapest_to
from linkguard.liveness import COST, ROOT_COST, Hop, Image, Reason, Root, Use, edges_of
from linkguard.policy import WRAP, Policy
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
        self.scan = Scan(image.layout, self._is_alone)
        self.decodes = False  # whether the search decodes what relocations do not tell
        self.banned = image.banned(policy)

    def _is_alone(self, entity: Entity) -> bool:
        """Whether a function fills an input section whose relocations the linker has kept."""
        sized = entity.is_function and entity.has_size
        kept = entity.section in self.image.elf.relocation_sections
        if not sized or not kept:
            return False
        return self.image.linkmap.span_at(entity.start) == (entity.start, entity.end)

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
        at, known = self.image.linkmap.span_at, self.image.linkmap.starts
        found.update(
            n for n, start in enumerate(starts) if start not in known and at(start) is None
        )
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
            offsets, symbols = entries.offsets, entries.symbols
            uses = [*compress(offsets, map(named.__contains__, symbols))] if named else []
            if ranges:
                columns = zip(offsets, symbols, entries.addends, strict=True)
                near = [(at, v) for at, s, a in columns if low <= (v := values[s] + a) < high]
                uses += [at for at, v in near if any(start <= v < end for start, end in ranges)]
            yield from map(self.layout.find, uses)

    def _symbols(self) -> tuple[set[int], Sequence[int]]:
        """The symbols whose names are banned, by index; and the values of all."""
        table = self.image.elf.some_symbols
        assert table is not None
        names = [*table.banned_names(self.policy)]
        names += [symbol.name for symbol in table.starting_with(WRAP.encode())]
        return set(table.indices(names)), table.values

    def paths(self, wanted: set[int]) -> Paths | None:
        """The cheapest ways to some parts; None where one starts at what nothing refers to.

        Functions that only a disassembler can read are taken to refer to all they might: those of
        the C library's start-up files nearly always, and they lead nowhere. A way over such an
        edge is searched again with all of them decoded; without one it is the cheapest there is.
        """
        roots = {number: ROOT_COST[root] for number, root in self.image.entered.items()}
        found = cheapest_to(wanted, roots, self._outgoing)
        if not all(_is_sure(edge) for n in wanted for edge in found.to(n)):
            self.decodes = True
            found = cheapest_to(wanted, roots, self._outgoing)
        limit = ROOT_COST[Root.KEPT]
        return found if all(found.cost.get(n, limit) < limit for n in wanted) else None

    def _outgoing(self, node: int) -> list[Edge]:
        count = len(self.layout.entities)
        if node >= count:
            return [self._shared(node, n) for n in self._beside(node - count)]
        told = self.scan.told(node)
        related = self.layout.entities[node].section in self.image.elf.relocation_sections
        if told is None and related and not self.decodes:
            return self._possible(node)
        edges = list(edges_of(self.references(node) if told is None else told))
        beside = self._beside(node)
        if len(beside) > 1:
            label = Reason(Hop.SECTION, self.layout.starts[node])
            edges.append(Edge(node, count + beside[0], COST[Hop.SECTION], label))
        return edges

    def _possible(self, node: int) -> list[Edge]:
        """At least the edges of a function that was not decoded, none dearer than it is.

        A branch without a relocation stays in its input section, or runs on into the next part. (So
        it is in what compilers and assemblers write. What the linker writes has no relocations.)
        """
        label = Reason(Hop.CALL, self.layout.starts[node], sure=False)
        after = [node + 1] if node + 1 < len(self.layout.entities) else []
        named = [r.target for r in self.scan.possible(node) if r.target >= 0]
        targets = {*named, *self._beside(node), *after} - {node}
        return [Edge(node, target, COST[Hop.CALL], label) for target in sorted(targets)]

    def _shared(self, node: int, number: int) -> Edge:
        return Edge(node, number, 0, Reason(Hop.SECTION, self.layout.starts[number]))

    def _beside(self, number: int) -> list[int]:
        """All parts of the input section that one is in."""
        starts, span_at = self.layout.starts, self.image.linkmap.span_at
        span = span_at(starts[number])
        if span is None:
            return []
        numbers = range(*(bisect_left(starts, at) for at in span))
        if len(numbers) == 1:
            return [number]
        return [n for n in numbers if span_at(starts[n]) == span]


def _is_sure(edge: Edge) -> bool:
    return isinstance(edge.label, Reason) and edge.label.sure

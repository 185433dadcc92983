"""What a run really called, edge by edge, against what the checker thinks possible.

Callgrind follows every call and return of the program: through pointers, out of the C library back
into the program, across longjmp. The program is compiled at -O0, so that no call is inlined away;
the facts are read before optimisation and are those of any level. A shadow stack by
-finstrument-functions would know nothing of the library's own calls, and one that is walked
at each allocation only of the stacks that happen to be there then: all edges are more than those.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from .building import Tools, run

ALLOCATORS = frozenset({"malloc", "calloc", "realloc", "memalign", "reallocarray"})
RECURSION = re.compile(r"'\d+$")


@dataclass(frozen=True, order=True)
class Place:
    """A function as Callgrind names it."""

    name: str
    file: str

    @property
    def is_stub(self) -> bool:
        """A jump through a table, such as the linker makes for an ifunc; it has no name."""
        return self.name.startswith("0x") or self.name == "???"


Calls = Mapping[Place, frozenset[Place]]


def profile(image: Path, tools: Tools) -> Calls:
    """Runs a program, which must end well, and returns who called whom."""
    output = image.with_suffix(".callgrind")
    options = ("--compress-strings=no", "--compress-pos=no", f"--callgrind-out-file={output}")
    run(["valgrind", "--tool=callgrind", *options, image], cwd=image.parent)
    return without_stubs(parse(output.read_text()))


def parse(text: str) -> dict[Place, set[Place]]:
    found: dict[Place, set[Place]] = defaultdict(set)
    file = inline_file = callee_file = ""
    caller = Place("", "")
    for line in text.splitlines():
        key, separator, value = line.partition("=")
        if not separator:
            continue
        if key == "fl":
            file = inline_file = value
        elif key in {"fi", "fe"}:
            inline_file = value
        elif key == "fn":
            caller = Place(RECURSION.sub("", value), file)
            callee_file = inline_file or file
        elif key in {"cfi", "cfl"}:
            callee_file = value
        elif key == "cfn":
            found[caller].add(Place(RECURSION.sub("", value), callee_file))
            callee_file = file
    return found


def without_stubs(calls: Mapping[Place, set[Place]]) -> Calls:
    """Whoever calls a stub calls what the stub leads to."""

    def beyond(places: set[Place], seen: frozenset[Place]) -> Iterator[Place]:
        for place in places:
            if not place.is_stub:
                yield place
            elif place not in seen:
                yield from beyond(calls.get(place, set()), seen | {place})

    return {
        caller: frozenset(beyond(callees, frozenset()))
        for caller, callees in calls.items()
        if not caller.is_stub
    }


def reachable(calls: Calls, start: set[Place]) -> set[Place]:
    found, pending = set(start), list(start)
    while pending:
        new = calls.get(pending.pop(), frozenset()) - found
        found |= new
        pending.extend(new)
    return found


def reversed_calls(calls: Calls) -> Calls:
    found: dict[Place, set[Place]] = defaultdict(set)
    for caller, callees in calls.items():
        for callee in callees:
            found[callee].add(caller)
    return {place: frozenset(callers) for place, callers in found.items()}


@dataclass(frozen=True)
class Graph:
    """The checker's graph: functions by name, and edges by number."""

    names: Mapping[str, tuple[int, ...]]
    units: Mapping[int, str]
    edges: Mapping[int, tuple[tuple[int, str], ...]]

    def nodes(self, names: frozenset[str], file: str) -> set[int]:
        """The nodes of a function of several names; by its file, where that tells them apart."""
        found = {node for name in names for node in self.names.get(name, ())}
        same = {node for node in found if Path(self.units[node]).name == Path(file).name}
        return same or found

    def callees(self, node: int) -> set[int]:
        """What one call can run: through pointers' classes and other names of a function."""
        found: set[int] = set()
        pending = [to for to, _ in self.edges.get(node, ())]
        while pending:
            at = pending.pop()
            if at in found:
                continue
            found.add(at)
            further = self.edges.get(at, ())
            pending += [to for to, kind in further if at not in self.units or kind == "name"]
        return found


def read_graph(listing: str) -> Graph:
    names: dict[str, list[int]] = defaultdict(list)
    units: dict[int, str] = {}
    edges: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for line in listing.splitlines():
        kind, *words = line.split(" ", 3)
        if kind == "function":
            names[words[1]].append(int(words[0]))
            units[int(words[0])] = words[2]
        elif kind == "edge":
            edges[int(words[0])].append((int(words[1]), words[2]))
    return Graph(
        {name: tuple(nodes) for name, nodes in names.items()},
        units,
        {node: tuple(to) for node, to in edges.items()},
    )


def same_code(image: Path) -> dict[str, frozenset[str]]:
    """By name of a function, all names at its address."""
    at: dict[int, set[str]] = defaultdict(set)
    with image.open("rb") as stream:
        table = ELFFile(stream).get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection), f"{image} has no symbols"
        for symbol in table.iter_symbols():
            if symbol["st_info"]["type"] in {"STT_FUNC", "STT_GNU_IFUNC", "STT_LOOS"}:
                at[symbol["st_value"]].add(symbol.name)
    return {name: frozenset(names) for names in at.values() for name in names}


@dataclass(frozen=True)
class Recall:
    """Edges that a run took, and those of them that the checker does not know."""

    edges: int
    on_a_path: int  # of them, edges on a path to an allocation
    missed: tuple[tuple[Place, Place], ...]
    missed_on_a_path: int


def compare(calls: Calls, graph: Graph, names: Mapping[str, frozenset[str]]) -> Recall:
    """Every edge that was taken after main was entered; the start-up before it has no facts."""
    start = {place for place in calls if place.name == "main"}
    ran = reachable(calls, start)
    allocators = {place for place in ran if names.get(place.name, frozenset()) & ALLOCATORS}
    leading = reachable(reversed_calls(calls), allocators)
    known: dict[int, set[int]] = {}

    def nodes(place: Place) -> set[int]:
        return graph.nodes(names.get(place.name, frozenset({place.name})), place.file)

    def is_known(caller: Place, callee: Place) -> bool:
        for node in nodes(caller):
            if node not in known:
                known[node] = graph.callees(node)
        targets = nodes(callee)
        return any(known[node] & targets for node in nodes(caller))

    edges = [(caller, callee) for caller in sorted(ran) for callee in sorted(calls.get(caller, ()))]
    missed = tuple(edge for edge in edges if not is_known(*edge))
    return Recall(
        len(edges),
        sum(callee in leading for _, callee in edges),
        missed,
        sum(callee in leading for _, callee in missed),
    )


def measure(tools: Tools, image: Path, facts: Path) -> Recall:
    graph = read_graph(run([tools.listing, image, facts]))
    return compare(profile(image, tools), graph, same_code(image))

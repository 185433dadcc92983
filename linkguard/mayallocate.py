"""Which functions of a C library may allocate, read from the library's own code.

`mayallocate.json` is what the command makes of the four libraries that firmware and hosts link;
the shipped ban list is held against it. A function allocates when calls lead from it to one that
gives memory. It may allocate through a pointer when the way leads over an address that code or
data holds: glibc's streams call their buffers' allocator through a table.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from linkguard import archive, elf
from linkguard.code import Entity, Layout
from linkguard.elf import SHN_UNDEF, STB_LOCAL, Elf
from linkguard.errors import LinkguardError
from linkguard.mayallocatetable import VERSION, Table
from linkguard.references import Kind, Reference, references

# Where memory comes from: below these no library function is asked any more.
SOURCES = re.compile(r"_*(libc_)?(malloc|calloc|realloc|memalign)(_r)?")
GIVES = re.compile(r"_?(\w*alloc(array|f)?|\w*memalign|(str|strn|wcs)dup|v?asn?i?printf)(_r)?")
# In the library's own name space, or not about heap memory at all.
NOT_FOR_CALLERS = re.compile(r"__\w+|_[A-Z]\w+|_dl_\w+|(posix_)?fallocate|inet6_option_alloc")


class _Graph:
    """The functions and objects of all members, and who refers to whom."""

    def __init__(self, members: Sequence[Elf]) -> None:
        self.layouts = [Layout(member) for member in members]
        self.defined: dict[str, tuple[int, int]] = {}
        for number, layout in enumerate(self.layouts):
            for index, entity in enumerate(layout.entities):
                for name in _global_names(entity):
                    self.defined.setdefault(name, (number, index))
        self.callers: dict[tuple[int, int], set[tuple[int, int]]] = defaultdict(set)
        self.holders: dict[tuple[int, int], set[tuple[int, int]]] = defaultdict(set)
        for number, layout in enumerate(self.layouts):
            for reference in references(layout):
                self._enter(number, reference)

    def _enter(self, number: int, reference: Reference) -> None:
        if reference.kind not in (Kind.CALL, Kind.JUMP, Kind.ADDRESS):
            return
        if reference.target >= 0:
            target = (number, reference.target)
            names = self.layouts[number].entities[reference.target].names
            # A weak definition may be another member's in the end: the first one found counts.
            target = next((self.defined[n] for n in names if n in self.defined), target)
        elif reference.symbol in self.defined:
            target = self.defined[reference.symbol]
        else:
            return
        found = self.holders if reference.kind == Kind.ADDRESS else self.callers
        found[target].add((number, reference.source))

    def reaching(self, sinks: Iterable[tuple[int, int]], addresses: bool) -> set[tuple[int, int]]:
        seen = set(sinks)
        todo = list(seen)
        while todo:
            node = todo.pop()
            users = set(self.callers.get(node, ()))
            if addresses:
                users |= self.holders.get(node, set())
            todo += users - seen
            seen |= users
        return seen

    def names(self, nodes: Iterable[tuple[int, int]]) -> set[str]:
        return {
            name
            for number, index in nodes
            if (entity := self.layouts[number].entities[index]).is_function
            for name in _global_names(entity)
        }


def of_library(path: Path, exported: frozenset[str] | None = None) -> Table:
    """The table of an archive. `exported` are the names that a caller can use; without them, those
    that do not begin with an underscore."""
    data = elf.read_file(path)
    if not archive.is_archive(data):
        raise LinkguardError(path, "not an archive: give the static C library, libc.a")
    members = [m for m in archive.members(data, path) if elf.is_elf(m.data)]
    graph = _Graph([Elf(m.data, f"{path}({m.name})") for m in members])
    sources = [node for name, node in graph.defined.items() if SOURCES.fullmatch(name)]
    if not sources:
        raise LinkguardError(path, "no function in it gives memory: give the C library, libc.a")
    direct = graph.names(graph.reaching(sources, addresses=False))
    every = graph.names(graph.reaching(sources, addresses=True))
    gives = {n for n in direct if GIVES.fullmatch(n) and not NOT_FOR_CALLERS.fullmatch(n)}

    def public(names: set[str]) -> tuple[str, ...]:
        usable = exported.__contains__ if exported is not None else _is_public
        return tuple(sorted(name for name in names if usable(name)))

    return Table(
        hashlib.sha256(data).hexdigest(),
        tuple(sorted(gives)),
        public(direct - gives),
        public(every - direct),
    )


def exports_of(path: Path) -> frozenset[str]:
    """The functions that a shared library offers to programs."""
    file = elf.read(path)
    names = frozenset(s.name for s in file.dynamic_symbols if s.section != SHN_UNDEF and s.name)
    if not names:
        raise LinkguardError(path, "exports nothing: give the shared library, libc.so.6")
    return names


def render(tables: Mapping[str, Table]) -> str:
    """As JSON, a name a line."""
    document = {"version": VERSION, **{name: tables[name]._asdict() for name in sorted(tables)}}
    return json.dumps(document, indent=1) + "\n"


def _global_names(entity: Entity) -> list[str]:
    found = [entity.name] if entity.bind != STB_LOCAL and not entity.is_gap else []
    return found + [alias.name for alias in entity.aliases if alias.bind != STB_LOCAL]


def _is_public(name: str) -> bool:
    return not name.startswith("_")

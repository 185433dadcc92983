"""An ELF file cut into parts: where its symbols begin and end, and the stretches between them.

An image has twenty thousand of each, and an explanation is about a few hundred. So this is work on
columns, and nothing is made for a part but numbers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import compress, repeat
from typing import NamedTuple

from linkguard.bytesearch import places
from linkguard.columns import all_of
from linkguard.elf import (
    EM_ARM,
    STT_FILE,
    STT_FUNC,
    STT_IFUNC,
    STT_NOTYPE,
    STT_SECTION,
    STT_TLS,
    Elf,
)
from linkguard.symboltable import SymbolTable

# How the names of symbols begin, and of what type symbols are, that name a part of a file.
NAMED = bytes(first not in (0, ord("$")) for first in range(256))
NAMING = bytes(info & 15 not in (STT_SECTION, STT_FILE, STT_TLS) for info in range(256))

Here = int | tuple[int, ...]  # the symbols of a part by index: one, several, or none in a gap
GAP = ()


class Parts(NamedTuple):
    """By address: where parts begin and end, their sections, and the symbols that name them."""

    starts: list[int]
    ends: list[int]
    sections: list[int]
    symbols: list[Here]


NOTHING = Parts([], [], [], [])


def parts_of(elf: Elf, bases: Mapping[int, int], cuts: Sequence[int]) -> Parts:
    """The parts of the sections that are laid out at `bases`; the gaps are cut at `cuts` too."""
    table = elf.some_symbols
    symbols = _Symbols(elf, table, bases) if table else None
    found = Parts([], [], [], [])
    for number, base in bases.items():
        if size := elf.sections[number].size:
            named = symbols.parts_in(number, base, base + size) if symbols else NOTHING
            _add_with_gaps(found, named, base, base + size, cuts)
            found.sections.extend(repeat(number, len(found.starts) - len(found.sections)))
    if found.starts == sorted(found.starts):
        return found
    order = sorted(range(len(found.starts)), key=found.starts.__getitem__)
    return Parts(
        all_of(found.starts, order),
        all_of(found.ends, order),
        all_of(found.sections, order),
        all_of(found.symbols, order),
    )


class _Symbols:
    """The symbols that name parts, by address."""

    def __init__(self, elf: Elf, table: SymbolTable, bases: Mapping[int, int]) -> None:
        self.sections, self.sizes = table.sections, table.sizes
        self.addresses = _addresses(elf, table, bases)
        unsized = compress(range(len(table)), table.are_of_type(STT_NOTYPE))
        self.labels = {index for index in unsized if not table.sizes[index]}
        self.chosen = _naming(table)
        self.chosen.sort(key=self.addresses.__getitem__)
        self.at = all_of(self.addresses, self.chosen)  # in order
        # A script may put a name before its section, for a function that is somewhere else.
        self.lowest = {self.sections[n]: self.addresses[n] for n in reversed(self.chosen)}

    def parts_in(self, number: int, base: int, end: int) -> Parts:
        """The named parts of a section. None overlaps the next."""
        symbols = self._outermost(number, base, end)
        at = all_of(self.addresses, symbols)
        sizes = all_of(self.sizes, symbols)
        here: list[Here] = [*symbols]
        if len(set(at)) < len(at):
            firsts = [n for n, address in enumerate(at) if not n or address != at[n - 1]]
            runs = [*zip(firsts, [*firsts, len(at)][1:], strict=True)]
            here = [tuple(symbols[i:j]) for i, j in runs]
            sizes = [max(sizes[i:j]) for i, j in runs]
            at = [at[n] for n in firsts]
        ends = [
            start + size if size and start + size <= after else after
            for start, size, after in zip(at, sizes, [*at, end][1:], strict=True)
        ]
        return Parts(at, ends, [], here)

    def _outermost(self, number: int, base: int, end: int) -> list[int]:
        """The symbols of a section by address, without the labels inside of functions."""
        begin = min(base, self.lowest.get(number, base))
        symbols = self.chosen[bisect_left(self.at, begin) : bisect_left(self.at, end)]
        of_section = all_of(self.sections, symbols)
        if {*of_section} - {number}:
            symbols = [*compress(symbols, map(number.__eq__, of_section))]
        labels = self.labels.intersection(symbols)
        if not labels:
            return symbols
        symbols.sort(key=lambda index: (self.addresses[index], index in labels))
        found = []
        last = sized_until = -1
        for index in symbols:
            address = self.addresses[index]
            if index in labels and last < address < sized_until:
                continue
            found.append(index)
            last = address
            sized_until = max(sized_until, address + self.sizes[index])
        return found


def _naming(table: SymbolTable) -> list[int]:
    """The symbols that name a part of the file, wherever it is."""
    kinds, initials = table.infos.translate(NAMING), table.initials
    both = int.from_bytes(kinds, "little") & int.from_bytes(initials.translate(NAMED), "little")
    found = [*compress(range(len(table)), both.to_bytes(len(table), "little"))]
    dots = places(initials, b".")
    local = {n for n in dots if table.strings.startswith(b".L", table.names[n])}
    return [index for index in found if index not in local] if local else found


def _addresses(elf: Elf, table: SymbolTable, bases: Mapping[int, int]) -> list[int]:
    """The address of every symbol."""
    found = table.values
    if elf.machine == EM_ARM:
        kinds = [info & 15 for info in table.infos]
        functions = (STT_FUNC, STT_IFUNC)
        found = [v & -2 if k in functions else v for v, k in zip(found, kinds, strict=True)]
    if elf.is_object:
        found = [bases.get(n, 0) + v for n, v in zip(table.sections, found, strict=True)]
    return found


def _add_with_gaps(found: Parts, named: Parts, base: int, end: int, cuts: Sequence[int]) -> None:
    """Add named parts, and between them the stretches without a name."""
    starts, ends, _, symbols = named
    done = 0
    bounds = zip([base, *ends], [*starts, end], strict=True)
    for number, (stop, start) in enumerate(bounds):
        if stop >= start:
            continue
        inner = dict.fromkeys(cuts[bisect_right(cuts, stop) : bisect_left(cuts, start)])
        found.starts.extend((*starts[done:number], stop, *inner))
        found.ends.extend((*ends[done:number], *inner, start))
        found.symbols.extend((*symbols[done:number], GAP, *repeat(GAP, len(inner))))
        done = number
    found.starts.extend(starts[done:])
    found.ends.extend(ends[done:])
    found.symbols.extend(symbols[done:])

"""The parts of a file against a slow model that looks at one symbol at a time."""

from __future__ import annotations

import random
from array import array
from functools import cached_property
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from linkguard.elf import EM_ARM, EM_X86_64, STT_FUNC, STT_NOTYPE, STT_OBJECT, STT_SECTION
from linkguard.parts import parts_of
from linkguard.symboltable import SymbolTable

NAMES = (b"", b"$d", b".L1", b".hidden", b"f", b"g", b"h", b"main")
KINDS = (STT_NOTYPE, STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_FUNC, STT_FUNC, STT_SECTION)
BASES = {1: 100, 2: 160, 4: 200}  # 3 is not loaded
ENDS = {1: 160, 2: 190, 4: 200}  # 4 is empty


class Table(SymbolTable):
    """A table that comes from no file."""

    def __init__(self, rows: list[tuple[bytes, int, int, int, int]]) -> None:
        self.rows = rows
        self.strings = b"\0".join([*NAMES, b""])

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def names(self) -> array[int]:
        at = {name: self.strings.index(name + b"\0") for name in NAMES}
        return array("I", [at[name] for name, *_ in self.rows])

    @cached_property
    def infos(self) -> bytes:
        return bytes(16 | kind for _, kind, *_ in self.rows)

    @cached_property
    def sections(self) -> list[int]:
        return [number for _, _, number, _, _ in self.rows]

    @cached_property
    def values(self) -> list[int]:
        return [value for *_, value, _ in self.rows]

    @cached_property
    def sizes(self) -> list[int]:
        return [size for *_, size in self.rows]


def model(
    table: Table, machine: int, is_object: bool, cuts: list[int]
) -> list[tuple[int, int, int, set[int]]]:
    found: list[tuple[int, int, int, set[int]]] = []
    for number, base in BASES.items():
        end = ENDS[number]
        if end == base:
            continue
        here: dict[int, set[int]] = {}
        sized: list[tuple[int, int]] = []
        labels = []
        for index, (name, kind, section, value, size) in enumerate(table.rows):
            if section != number or kind == STT_SECTION or name[:1] in (b"", b"$"):
                continue
            if name.startswith(b".L"):
                continue
            at = value & ~1 if machine == EM_ARM and kind == STT_FUNC else value
            at += base if is_object else 0
            if at >= end:
                continue
            if kind == STT_NOTYPE and not size:
                labels.append((at, index))
            else:
                here.setdefault(at, set()).add(index)
                sized.append((at, at + size))
        for at, index in sorted(labels):
            if at in here or not any(start < at < stop for start, stop in sized):
                here.setdefault(at, set()).add(index)
        edges = sorted(here)
        position = base
        for at, following in zip(edges, [*edges, end][1:], strict=True):
            size = max(table.sizes[index] for index in here[at])
            found += gaps(position, at, number, cuts)
            position = min(at + size, following) if size else following
            found.append((at, position, number, here[at]))
        found += gaps(position, end, number, cuts)
    return sorted(found, key=lambda part: part[0])


def gaps(
    start: int, end: int, number: int, cuts: list[int]
) -> list[tuple[int, int, int, set[int]]]:
    if start >= end:
        return []
    edges = [start, *sorted({cut for cut in cuts if start < cut < end}), end]
    return [(a, b, number, set()) for a, b in pairwise(edges)]


@pytest.mark.parametrize("machine", [EM_X86_64, EM_ARM])
@pytest.mark.parametrize("is_object", [False, True])
def test_parts_are_those_of_the_model(machine: int, is_object: bool) -> None:
    choose = random.Random(machine + is_object)
    for _ in range(2000):
        low, high = choose.choice(((0, 20), (0, 70)) if is_object else ((95, 120), (90, 210)))
        rows = [
            (
                choose.choice(NAMES),
                choose.choice(KINDS),
                choose.choice((0, 1, 1, 1, 2, 3, 4)),
                choose.randrange(low, high, 5),
                choose.choice((0, 0, 1, 5, 12)),
            )
            for _ in range(choose.randrange(9))
        ]
        cuts = sorted(choose.randrange(95, 205) for _ in range(choose.randrange(5)))
        table = Table(rows)
        sections = [SimpleNamespace(size=ENDS[n] - BASES[n] if n in BASES else 9) for n in range(5)]
        file: Any = SimpleNamespace(
            some_symbols=table, sections=sections, machine=machine, is_object=is_object
        )
        parts = parts_of(file, BASES, cuts)
        symbols = [{s} if isinstance(s, int) else {*s} for s in parts.symbols]
        found = [*zip(parts.starts, parts.ends, parts.sections, symbols, strict=True)]
        assert found == model(table, machine, is_object, cuts), (rows, cuts)

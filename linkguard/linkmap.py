"""Link maps of GNU ld, gold, lld and mold: which input section of which object is where."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Sequence
from functools import cached_property
from itertools import compress
from operator import add, itemgetter
from pathlib import Path, PurePath
from typing import NamedTuple

from linkguard.elf import (
    EM_ARM,
    SHF_ALLOC,
    SHN_LORESERVE,
    SHT_NOBITS,
    STT_FUNC,
    STT_OBJECT,
    Elf,
)
from linkguard.errors import LinkguardError, reason

GNU_START = b"Linker script and memory map"
GOLD_START = b"Memory map"  # from there on as GNU ld writes it
LLD_START = re.compile(rb"^\s*VMA\s+LMA\s+Size\s+Align\s+Out\s+In\s+Symbol")
# A map of five megabytes has a hundred thousand lines, of symbols most: these expressions run over
# the whole text, and stop at a piece (after a blank, its long name on a line of its own) or at an
# output section.
GNU_ITEM = re.compile(rb"\n(?: ([^\s*]\S*)\n? +0x([0-9a-f]+) +0x([0-9a-f]+) (\S.*)|([^\s*]\S*))")
LLD_ITEM = re.compile(
    rb"^ *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +\d+ (?: {8}(\S.*):\((.+)\)|(\S+))$", re.MULTILINE
)
MOLD_START = re.compile(rb"^\s*VMA\s+Size\s+Align\s+Out\s+In\s+Symbol")
# An output section follows its alignment after one blank, a piece of one after nine.
MOLD_LINE = re.compile(rb"^\s*(0x[0-9a-f]+|0)\s+(0x[0-9a-f]+|\d+)\s+\w+( | {9})(\S.*)$")
MOLD_PIECE = re.compile(rb"(.*):\((.+)\)$")
# Objects that a compiler driver makes and removes: their names change from link to link.
TEMPORARY = re.compile(
    r"(^|/)(cc[A-Za-z0-9]{6}|[^/]+-[0-9a-f]{6})(\.ltrans\d+\.ltrans)?\.o$|\.ltrans\d*\."
)

LIBRARY_DIRECTORIES = frozenset(("lib", "lib32", "lib64"))


class Piece(NamedTuple):
    """One input section in the image."""

    start: int
    size: int
    section: str
    file: str  # a path, or path(member)
    output: str = ""  # the output section

    @property
    def end(self) -> int:
        return self.start + self.size

    @property
    def member(self) -> str:
        """The file as a reader wants it: `libc.a(malloc.o)`, or '' for a temporary object."""
        if self.file.endswith(")") and "(" in self.file:
            archive, _, member = self.file[:-1].rpartition("(")
            return f"{PurePath(archive).name}({member})"
        path = PurePath(self.file)
        if TEMPORARY.search(self.file):
            return ""
        return path.name if path.is_absolute() else self.file

    @property
    def in_archive(self) -> bool:
        return self.file.endswith(")")

    @property
    def is_foreign(self) -> bool:
        """Whether it was built elsewhere: a library given by its full path, or crt1.o."""
        path = PurePath(self.file)
        if not path.is_absolute():
            return False
        return self.in_archive or any(part in LIBRARY_DIRECTORIES for part in path.parts)


Row = tuple[int, int, bytes, bytes, bytes]  # the fields of a piece, as the map has them


class LinkMap:
    """The pieces of an image, by address."""

    def __init__(self, rows: list[Row], outputs: Sequence[bytes] = ()) -> None:
        """`outputs`: all output sections that the map lists, in its order."""
        self._given = rows
        self._outputs = outputs

    @cached_property
    def _rows(self) -> list[Row]:
        return sorted([row for row in self._given if row[1]])

    @cached_property
    def _starts(self) -> list[int]:
        return [row[0] for row in self._rows]

    @cached_property
    def pieces(self) -> list[Piece]:
        return [_piece(row) for row in self._rows]

    def within(self, outputs: set[str]) -> LinkMap:
        """Only what is in these output sections: debug sections all start at address 0."""
        names = {name for name in {row[4] for row in self._given} if _text(name) in outputs}
        return LinkMap([row for row in self._given if row[4] in names], self._outputs)

    def edges(self) -> list[int]:
        """Where pieces begin and end, in order. Those of merged strings overlap, by the sizes that
        they had before."""
        ends = map(add, self._starts, map(itemgetter(1), self._rows))
        return sorted({*self._starts, *ends})

    def sections(self) -> str:
        """The names of all input sections, one a line."""
        return _text(b"\n".join([row[2] for row in self._rows]))

    def spans_of(self, sections: Container[str]) -> list[tuple[int, int]]:
        """Where the pieces of these input sections begin and end."""
        rows = (row for row in self._rows if _text(row[2]) in sections)
        return [(row[0], row[0] + row[1]) for row in rows]

    def starts(self) -> set[int]:
        """Where pieces begin."""
        return set(self._starts)

    def must_cover(self, elf: Elf, label: object) -> None:
        """Refuse a map that was cut off, or that belongs to another link.

        It has nearly all functions, and something of every section with named data in it: without
        their pieces, tables would have no file, and vectors be no roots.
        """
        thumb = 1 if elf.machine == EM_ARM else 0
        code = [value & ~thumb for _, value in _defined(elf, STT_FUNC)]
        starts = self.starts()
        unknown = sum(self._row(at) is None for at in code if at not in starts)
        if unknown > 0.05 * len(code):
            raise LinkguardError(
                label,
                f"has {len(code) - unknown} of the {len(code)} functions of '{elf.label}': "
                "truncated, or the map of another link",
            )
        self._must_cover_data(elf, label)

    def _must_cover_data(self, elf: Elf, label: object) -> None:
        named: dict[int, list[int]] = {}
        for number, value in _defined(elf, STT_OBJECT):
            named.setdefault(number, []).append(value)
        for index, values in named.items():
            section = elf.sections[index]
            loaded = section.flags & SHF_ALLOC and section.type != SHT_NOBITS
            if section.name in self._without_objects:
                continue
            if loaded and all(self._row(value) is None for value in values):
                raise LinkguardError(
                    label,
                    f"has nothing of section '{section.name}' of '{elf.label}': truncated, or the "
                    "map of another link",
                )

    @cached_property
    def _without_objects(self) -> set[str]:
        """The output sections of which the map says nothing but that they are there: constants that
        were merged, tables of the linker's own. Where a map was cut off, the last one looks so."""
        filled = {row[4] for row in self._given if row[1]}
        return {_text(name) for name in {*self._outputs[:-1]} - filled}

    def at(self, address: int) -> Piece | None:
        row = self._row(address)
        return _piece(row) if row else None

    def span_at(self, address: int) -> tuple[int, int] | None:
        """Where the piece at an address begins and ends, for who asks nothing else of it."""
        row = self._row(address)
        return (row[0], row[0] + row[1]) if row else None

    def _row(self, address: int) -> Row | None:
        index = bisect_right(self._starts, address) - 1
        if index < 0:
            return None
        row = self._rows[index]
        return row if address < row[0] + row[1] else None


def _defined(elf: Elf, kind: int) -> list[tuple[int, int]]:
    """Section and value of every symbol of a type that has a size and a section."""
    table = elf.some_symbols
    if table is None:
        return []
    columns = zip(table.sections, table.values, table.sizes, strict=True)
    chosen = compress(columns, table.are_of_type(kind))
    return [
        (number, value) for number, value, size in chosen if size and 0 < number < SHN_LORESERVE
    ]


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _piece(row: Row) -> Piece:
    start, size, section, file, output = row
    return Piece(start, size, _text(section), _text(file.rstrip()), _text(output))


def read(path: Path) -> LinkMap:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LinkguardError(path, f"cannot read the map: {reason(error)}") from error
    return parse(data.replace(b"\r\n", b"\n"), str(path))


def read_for(path: Path | None, elf: Elf) -> LinkMap | None:
    """The map of an image, if one is given: readable, and of this image."""
    if path is None:
        return None
    found = read(path)
    found.must_cover(elf, path)
    return found


def parse(text: bytes, label: str) -> LinkMap:
    end = -1
    while end < len(text):
        begin, end = end + 1, text.find(b"\n", end + 1)
        end = end if end >= 0 else len(text)
        line = text[begin:end]
        if line.startswith(GNU_START) or line.rstrip() == GOLD_START:
            return LinkMap(*_gnu(text, end))
        if LLD_START.match(line):
            return LinkMap(*_lld(text, end))
        if MOLD_START.match(line):
            return LinkMap(*_mold(text[end:].splitlines()))
    raise LinkguardError(
        label, "not a map of GNU ld, gold, lld or mold: make one with -Wl,-Map=FILE"
    )


Listing = tuple[list[Row], list[bytes]]  # rows, and output sections


def _gnu(text: bytes, begin: int) -> Listing:
    output = b""
    outputs = []
    rows = []
    for name, start, size, file, named in GNU_ITEM.findall(text, begin):
        if named:
            output = named
            outputs.append(named)
        else:
            rows.append((int(start, 16), int(size, 16), name, file, output))
    return rows, outputs


def _lld(text: bytes, begin: int) -> Listing:
    output = b""
    outputs = []
    rows = []
    for start, size, file, section, named in LLD_ITEM.findall(text, begin):
        if named:
            output = named
            outputs.append(named)
        else:
            rows.append((int(start, 16), int(size, 16), section, file, output))
    return rows, outputs


def _mold(lines: list[bytes]) -> Listing:
    output = b""
    outputs = []
    rows = []
    for line in lines:
        if not (match := MOLD_LINE.match(line)):
            continue
        if len(match[3]) == 1:
            output = match[4]
            outputs.append(output)
        elif piece := MOLD_PIECE.match(match[4]):
            rows.append((int(match[1], 0), int(match[2], 0), piece[2], piece[1], output))
    return rows, outputs

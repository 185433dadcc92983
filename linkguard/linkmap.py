"""Link maps of GNU ld, gold, lld and mold: which input section of which object is where."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
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

GNU_START = "Linker script and memory map"
GOLD_START = "Memory map"  # from there on as GNU ld writes it
LLD_START = re.compile(r"^\s*VMA\s+LMA\s+Size\s+Align\s+Out\s+In\s+Symbol")
# A map of five megabytes has a hundred thousand lines, of symbols most: these expressions run over
# the whole text, and stop at a piece (after a blank, its long name on a line of its own) or at an
# output section.
GNU_ITEM = re.compile(r"\n(?: ([^\s*]\S*)\n? +0x([0-9a-f]+) +0x([0-9a-f]+) (\S.*)|([^\s*]\S*))")
LLD_ITEM = re.compile(
    r"^ *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +\d+ (?: {8}(\S.*):\((.+)\)|(\S+))$", re.MULTILINE
)
MOLD_START = re.compile(r"^\s*VMA\s+Size\s+Align\s+Out\s+In\s+Symbol")
# An output section follows its alignment after one blank, a piece of one after nine.
MOLD_LINE = re.compile(r"^\s*(0x[0-9a-f]+|0)\s+(0x[0-9a-f]+|\d+)\s+\w+( | {9})(\S.*)$")
MOLD_PIECE = re.compile(r"(.*):\((.+)\)$")
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


Row = tuple[int, int, str, str, str]  # the fields of a piece


class LinkMap:
    """The pieces of an image, by address."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = sorted(row for row in rows if row[1])
        self._starts = [row[0] for row in self._rows]

    @cached_property
    def pieces(self) -> list[Piece]:
        return [Piece(*row) for row in self._rows]

    @property
    def spans(self) -> list[tuple[int, int, str]]:
        """Start, end and input section of every piece: all of them without an object for each."""
        return [(row[0], row[0] + row[1], row[2]) for row in self._rows]

    def within(self, outputs: set[str]) -> LinkMap:
        """Only what is in these output sections: debug sections all start at address 0."""
        return LinkMap([row for row in self._rows if row[4] in outputs])

    def must_cover(self, elf: Elf, label: object) -> None:
        """Refuse a map that was cut off, or that belongs to another link.

        It has nearly all functions, and something of every section with named data in it: without
        their pieces, tables would have no file, and vectors be no roots.
        """
        table = elf.some_symbols
        thumb = 1 if elf.machine == EM_ARM else 0
        code = [
            value & ~thumb
            for _, info, section, value, size in (table.columns() if table else ())
            if info & 15 == STT_FUNC and size and 0 < section < SHN_LORESERVE
        ]
        starts = set(self._starts)
        unknown = sum(self.at(at) is None for at in code if at not in starts)
        if unknown > 0.05 * len(code):
            raise LinkguardError(
                label,
                f"has {len(code) - unknown} of the {len(code)} functions of '{elf.label}': "
                "truncated, or the map of another link",
            )
        self._must_cover_data(elf, label)

    def _must_cover_data(self, elf: Elf, label: object) -> None:
        named: dict[int, list[int]] = {}
        table = elf.some_symbols
        for _, info, number, value, size in table.columns() if table else ():
            if info & 15 == STT_OBJECT and size and 0 < number < SHN_LORESERVE:
                named.setdefault(number, []).append(value)
        for index, values in named.items():
            section = elf.sections[index]
            loaded = section.flags & SHF_ALLOC and section.type != SHT_NOBITS
            if loaded and all(self.at(value) is None for value in values):
                raise LinkguardError(
                    label,
                    f"has nothing of section '{section.name}' of '{elf.label}': truncated, or the "
                    "map of another link",
                )

    def at(self, address: int) -> Piece | None:
        index = bisect_right(self._starts, address) - 1
        if index < 0:
            return None
        row = self._rows[index]
        return Piece(*row) if address < row[0] + row[1] else None


def read(path: Path) -> LinkMap:
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise LinkguardError(path, f"cannot read the map: {reason(error)}") from error
    return parse(text.replace("\r\n", "\n"), str(path))


def read_for(path: Path | None, elf: Elf) -> LinkMap | None:
    """The map of an image, if one is given: readable, and of this image."""
    if path is None:
        return None
    found = read(path)
    found.must_cover(elf, path)
    return found


def parse(text: str, label: str) -> LinkMap:
    end = -1
    while end < len(text):
        begin, end = end + 1, text.find("\n", end + 1)
        end = end if end >= 0 else len(text)
        line = text[begin:end]
        if line.startswith(GNU_START) or line.rstrip() == GOLD_START:
            return LinkMap(list(_gnu(text[end:])))
        if LLD_START.match(line):
            return LinkMap(list(_lld(text[end:])))
        if MOLD_START.match(line):
            return LinkMap(list(_mold(text[end:].splitlines())))
    raise LinkguardError(
        label, "not a map of GNU ld, gold, lld or mold: make one with -Wl,-Map=FILE"
    )


def _gnu(text: str) -> Iterator[Row]:
    output = ""
    for name, start, size, file, named in GNU_ITEM.findall(text):
        if named:
            output = named
        else:
            yield int(start, 16), int(size, 16), name, file.rstrip(), output


def _lld(text: str) -> Iterator[Row]:
    output = ""
    for start, size, file, section, named in LLD_ITEM.findall(text):
        if named:
            output = named
        else:
            yield int(start, 16), int(size, 16), section, file, output


def _mold(lines: list[str]) -> Iterator[Row]:
    output = ""
    for line in lines:
        if not (match := MOLD_LINE.match(line)):
            continue
        if len(match[3]) == 1:
            output = match[4]
        elif piece := MOLD_PIECE.match(match[4]):
            yield int(match[1], 0), int(match[2], 0), piece[2], piece[1], output

"""Link maps of GNU ld, gold, lld and mold: which input section of which object is where."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path, PurePath
from typing import NamedTuple

from linkguard.elf import SHN_LORESERVE, STT_FUNC, Elf
from linkguard.errors import LinkguardError, reason

GNU_START = "Linker script and memory map"
GOLD_START = "Memory map"  # from there on as GNU ld writes it
LLD_START = re.compile(r"^\s*VMA\s+LMA\s+Size\s+Align\s+Out\s+In\s+Symbol")
GNU_LINE = re.compile(r"^ (\S+)?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$")
GNU_OUTPUT = re.compile(r"^([^\s*]\S*)(\s|$)")
GNU_NAME = re.compile(r"^ ([^\s*]\S*)$")
LLD_LINE = re.compile(r"^\s*([0-9a-f]+)\s+[0-9a-f]+\s+([0-9a-f]+)\s+\d+\s{9}(\S.*):\((.+)\)$")
LLD_OUTPUT = re.compile(r"^\s*[0-9a-f]+\s+[0-9a-f]+\s+[0-9a-f]+\s+\d+ (\S+)$")
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


class LinkMap:
    """The pieces of an image, by address."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = sorted((piece for piece in pieces if piece.size), key=itemgetter(0, 1))
        self._starts = [piece.start for piece in self.pieces]

    def within(self, outputs: set[str]) -> LinkMap:
        """Only what is in these output sections: debug sections all start at address 0."""
        return LinkMap([piece for piece in self.pieces if piece.output in outputs])

    def must_cover(self, elf: Elf, label: object) -> None:
        """Refuse a map that was cut off, or that belongs to another link."""
        table = elf.some_symbols
        code = [
            value & ~1
            for _, info, section, value, size in (table.columns() if table else ())
            if info & 15 == STT_FUNC and size and 0 < section < SHN_LORESERVE
        ]
        starts = set(self._starts)
        known = sum(at in starts or self.at(at) is not None for at in code)
        if known < 0.95 * len(code):
            raise LinkguardError(
                label,
                f"has {known} of the {len(code)} functions of '{elf.label}': truncated, or the map "
                "of another link",
            )

    def at(self, address: int) -> Piece | None:
        index = bisect_right(self._starts, address) - 1
        if index >= 0 and address < self.pieces[index].end:
            return self.pieces[index]
        return None


def read(path: Path) -> LinkMap:
    try:
        text = path.read_text("utf-8", "replace")
    except OSError as error:
        raise LinkguardError(path, f"cannot read the map: {reason(error)}") from error
    return parse(text, str(path))


def read_for(path: Path | None, elf: Elf) -> LinkMap | None:
    """The map of an image, if one is given: readable, and of this image."""
    if path is None:
        return None
    found = read(path)
    found.must_cover(elf, path)
    return found


def parse(text: str, label: str) -> LinkMap:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line.startswith(GNU_START) or line.rstrip() == GOLD_START:
            return LinkMap(list(_gnu(lines[number + 1 :])))
        if LLD_START.match(line):
            return LinkMap(list(_lld(lines[number + 1 :])))
        if MOLD_START.match(line):
            return LinkMap(list(_mold(lines[number + 1 :])))
    raise LinkguardError(
        label, "not a map of GNU ld, gold, lld or mold: make one with -Wl,-Map=FILE"
    )


def _gnu(lines: list[str]) -> Iterator[Piece]:
    """A long section name stands on a line of its own."""
    pending = output = ""
    for line in lines:
        if not pending and line.startswith("  "):
            continue  # a symbol, an assignment: most lines
        if match := GNU_LINE.match(line):
            name = match[1] or pending
            if name and not name.startswith("*"):
                start, size = int(match[2], 16), int(match[3], 16)
                yield Piece(start, size, name, match[4].strip(), output)
            pending = ""
        elif alone := GNU_NAME.match(line):
            pending = alone[1]
        elif match := GNU_OUTPUT.match(line):
            output, pending = match[1], ""
        else:
            pending = ""


def _lld(lines: list[str]) -> Iterator[Piece]:
    output = ""
    for line in lines:
        if match := LLD_LINE.match(line):
            yield Piece(int(match[1], 16), int(match[2], 16), match[4], match[3], output)
        elif match := LLD_OUTPUT.match(line):
            output = match[1]


def _mold(lines: list[str]) -> Iterator[Piece]:
    output = ""
    for line in lines:
        if not (match := MOLD_LINE.match(line)):
            continue
        if len(match[3]) == 1:
            output = match[4]
        elif piece := MOLD_PIECE.match(match[4]):
            yield Piece(int(match[1], 0), int(match[2], 0), piece[2], piece[1], output)

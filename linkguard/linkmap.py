"""Link maps of GNU ld, gold, lld and mold: which input section of which object is where."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Sequence
from functools import cached_property
from itertools import compress, repeat
from pathlib import Path, PurePath
from typing import NamedTuple

from linkguard.elf import (
    EM_ARM,
    SHF_ALLOC,
    SHT_NOBITS,
    STT_FUNC,
    STT_OBJECT,
    Elf,
    mapped,
)
from linkguard.errors import LinkguardError, reason
from linkguard.mapgrammar import Contents, Text, listing

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


class Columns(NamedTuple):
    """The fields of pieces that are not empty, by address."""

    starts: Sequence[int] = ()
    sizes: Sequence[int] = ()
    sections: Sequence[bytes] = ()
    files: Sequence[bytes] = ()
    outputs: Sequence[bytes] = ()


class LinkMap:
    """The pieces of an image, by address."""

    def __init__(self, contents: Sequence[Contents] = (), outputs: Sequence[bytes] = ()) -> None:
        """`outputs`: all output sections that the map lists, in its order."""
        self._contents = contents
        self._outputs = outputs

    @cached_property
    def _columns(self) -> Columns:
        starts: list[int] = []
        sizes: list[int] = []
        sections: list[bytes] = []
        files: list[bytes] = []
        outputs: list[bytes] = []
        for part in self._contents:
            starts += compress(part.starts, part.sizes)
            sections += compress(part.sections, part.sizes)
            files += compress(part.files, part.sizes)
            sizes += filter(None, part.sizes)
            outputs += repeat(part.output, len(starts) - len(outputs))
        found = Columns(starts, sizes, sections, files, outputs)
        if len({*starts}) == len(starts) and sorted(starts) == starts:
            return found
        return Columns(*zip(*sorted(zip(*found, strict=True)), strict=True))

    @cached_property
    def _ends(self) -> list[int]:
        columns = zip(self._columns.starts, self._columns.sizes, strict=True)
        return [start + size for start, size in columns]

    @cached_property
    def pieces(self) -> list[Piece]:
        return [*map(self._piece, range(len(self._ends)))]

    def within(self, outputs: set[str]) -> LinkMap:
        """Only what is in these output sections: debug sections all start at address 0."""
        kept = [part for part in self._contents if _text(part.output) in outputs]
        return self if len(kept) == len(self._contents) else LinkMap(kept, self._outputs)

    def edges(self) -> list[int]:
        """Where pieces begin and end, in order, some twice. Those of merged strings overlap, by the
        sizes that they had before."""
        return sorted([*self._columns.starts, *self._ends])

    def sections(self) -> bytes:
        """The names of all input sections, one a line."""
        return b"\n".join(self._columns.sections)

    def spans_of(self, sections: Container[bytes]) -> list[tuple[int, int]]:
        """Where the pieces of these input sections begin and end."""
        columns = zip(self._columns.sections, self._columns.starts, self._ends, strict=True)
        return [(start, end) for section, start, end in columns if section in sections]

    @cached_property
    def starts(self) -> frozenset[int]:
        """Where pieces begin."""
        return frozenset(self._columns.starts)

    def must_cover(self, elf: Elf, label: object) -> None:
        """Refuse a map that was cut off, or that belongs to another link.

        It has nearly all functions, and something of every section with named data in it: without
        their pieces, tables would have no file, and vectors be no roots.
        """
        _, values = _defined(elf, STT_FUNC)
        code = [value & ~1 for value in values] if elf.machine == EM_ARM else values
        unknown = sum(self._index(at) < 0 for at in code if at not in self.starts)
        if unknown > 0.05 * len(code):
            raise LinkguardError(
                label,
                f"has {len(code) - unknown} of the {len(code)} functions of '{elf.label}': "
                "truncated, or the map of another link",
            )
        self._must_cover_data(elf, label)

    def _must_cover_data(self, elf: Elf, label: object) -> None:
        named: dict[int, list[int]] = {}
        for number, value in zip(*_defined(elf, STT_OBJECT), strict=True):
            named.setdefault(number, []).append(value)
        for index, values in named.items():
            section = elf.sections[index]
            loaded = section.flags & SHF_ALLOC and section.type != SHT_NOBITS
            if section.name in self._without_objects:
                continue
            if loaded and all(self._index(value) < 0 for value in values):
                raise LinkguardError(
                    label,
                    f"has nothing of section '{section.name}' of '{elf.label}': truncated, or the "
                    "map of another link",
                )

    @cached_property
    def _without_objects(self) -> set[str]:
        """The output sections of which the map says nothing but that they are there: constants that
        were merged, tables of the linker's own. Where a map was cut off, the last one looks so."""
        return {_text(name) for name in {*self._outputs[:-1]}.difference(self._columns.outputs)}

    def at(self, address: int) -> Piece | None:
        index = self._index(address)
        return self._piece(index) if index >= 0 else None

    def span_at(self, address: int) -> tuple[int, int] | None:
        """Where the piece at an address begins and ends, for who asks nothing else of it."""
        index = self._index(address)
        return (self._columns.starts[index], self._ends[index]) if index >= 0 else None

    def _index(self, address: int) -> int:
        """Which piece is at an address, -1 for none."""
        index = bisect_right(self._columns.starts, address) - 1
        return index if index >= 0 and address < self._ends[index] else -1

    def _piece(self, index: int) -> Piece:
        columns = self._columns
        return Piece(
            columns.starts[index],
            columns.sizes[index],
            _text(columns.sections[index]),
            _text(columns.files[index].rstrip()),
            _text(columns.outputs[index]),
        )


def _defined(elf: Elf, kind: int) -> tuple[list[int], list[int]]:
    return elf.some_symbols.defined(kind) if elf.some_symbols else ([], [])


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def read(path: Path) -> LinkMap:
    try:
        with path.open("rb") as file:
            data = mapped(file)
    except OSError as error:
        raise LinkguardError(path, f"cannot read the map: {reason(error)}") from error
    if data.find(b"\r\n") >= 0:
        data = data[:].replace(b"\r\n", b"\n")
    return parse(data, str(path))


def read_for(path: Path | None, elf: Elf) -> LinkMap | None:
    """The map of an image, if one is given: readable, and of this image."""
    if path is None:
        return None
    found = read(path)
    found.must_cover(elf, path)
    return found


def parse(text: Text, label: str) -> LinkMap:
    return LinkMap(*listing(text, label))

"""Which unit of the debug information an address belongs to, and what kinds of entries it has.

Read from the two small tables that say so, .debug_aranges and .debug_abbrev: for the few addresses
of a chain, that a general library walks the units of an image for takes longer than all the rest.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import compress, repeat

from linkguard.dwarfnames import COMPRESSED
from linkguard.elf import Elf

IMPLICIT_CONSTANT = 0x21
VERSIONS = (2, 3, 4, 5)


Columns = tuple[Sequence[int], Sequence[int], Sequence[int]]


class UnitRanges:
    """The units of an image, by the addresses of their code."""

    def __init__(self, elf: Elf) -> None:
        self.elf = elf

    def unit_at(self, address: int) -> int | None:
        """The offset of the unit that has code at an address; None where no table says it."""
        starts, ends, units = self._ranges
        index = bisect_right(starts, address) - 1
        return units[index] if index >= 0 and address < ends[index] else None

    @cached_property
    def _ranges(self) -> Columns:
        """Where ranges begin, by address; where they end; their units."""
        columns = self._listed()
        starts, _, _ = columns
        if sorted(starts) == starts and len({*starts}) == len(starts):
            return columns
        starts, ends, units = zip(*sorted(zip(*columns, strict=True)), strict=True)
        return starts, ends, units

    def _listed(self) -> Columns:
        """The same as the table has it, unit by unit."""
        data = self._bytes(".debug_aranges")
        starts: list[int] = []
        sizes: list[int] = []
        units: list[int] = []
        at = 0
        try:
            while at + 12 <= len(data):
                (length,) = struct.unpack_from("<I", data, at)
                version, unit, size, segments = struct.unpack_from("<HIBB", data, at + 4)
                end = at + 4 + length
                if version != 2 or segments or size not in (4, 8) or end > len(data):
                    return [], [], []  # of no use, or with 64-bit offsets
                first = at + 12 + -12 % (2 * size)
                count = max(0, end - first) // (2 * size)
                words = struct.unpack_from(f"<{2 * count}{'Q' if size == 8 else 'I'}", data, first)
                starts += compress(words[0::2], words[1::2])
                sizes += filter(None, words[1::2])
                units += repeat(unit, len(starts) - len(units))
                at = end
        except struct.error:
            return [], [], []
        return starts, [start + size for start, size in zip(starts, sizes, strict=True)], units

    def may_have(self, unit: int, tag: int) -> bool:
        """Whether a unit can have entries of a kind: its abbreviations name the kinds."""
        info, abbreviations = self._bytes(".debug_info"), self._bytes(".debug_abbrev")
        try:
            (version,) = struct.unpack_from("<H", info, unit + 4)
            (at,) = struct.unpack_from("<I", info, unit + (8 if version == 5 else 6))
            if version not in VERSIONS or at >= len(abbreviations):
                return True
            return tag in _tags(abbreviations, at)
        except (struct.error, IndexError):
            return True

    def _bytes(self, name: str) -> memoryview:
        section = self.elf.section_named(name)
        if section is None or section.flags & COMPRESSED:
            return memoryview(b"")
        return self.elf.view_of(section)


def _tags(data: memoryview, at: int) -> set[int]:
    """The tags of one table of abbreviations."""
    found: set[int] = set()
    code, at = _uleb(data, at)
    while code:
        tag, at = _uleb(data, at)
        found.add(tag)
        at += 1  # whether it has children
        attribute = form = 1
        while attribute or form:
            attribute, at = _uleb(data, at)
            form, at = _uleb(data, at)
            if form == IMPLICIT_CONSTANT:
                _, at = _uleb(data, at)
        code, at = _uleb(data, at)
    return found


def _uleb(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7

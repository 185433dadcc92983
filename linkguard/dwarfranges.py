"""Which unit of the debug information an address belongs to, and what kinds of entries it has.

Read from the two small tables that say so, .debug_aranges and .debug_abbrev: for the few addresses
of a chain, that a general library walks the units of an image for takes longer than all the rest.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from functools import cached_property

from linkguard.dwarfnames import COMPRESSED
from linkguard.elf import Elf

IMPLICIT_CONSTANT = 0x21
VERSIONS = (2, 3, 4, 5)


class UnitRanges:
    """The units of an image, by the addresses of their code."""

    def __init__(self, elf: Elf) -> None:
        self.elf = elf

    def unit_at(self, address: int) -> int | None:
        """The offset of the unit that has code at an address; None where no table says it."""
        index = bisect_right(self._ranges, (address, 1 << 64, 0)) - 1
        if index < 0 or address >= self._ranges[index][1]:
            return None
        return self._ranges[index][2]

    @cached_property
    def _ranges(self) -> list[tuple[int, int, int]]:
        data = self._bytes(".debug_aranges")
        found: list[tuple[int, int, int]] = []
        at = 0
        try:
            while at + 12 <= len(data):
                (length,) = struct.unpack_from("<I", data, at)
                version, unit, size, segments = struct.unpack_from("<HIBB", data, at + 4)
                end = at + 4 + length
                if version != 2 or segments or size not in (4, 8) or end > len(data):
                    return []  # of no use, or with 64-bit offsets
                first = at + 12 + -12 % (2 * size)
                layout = "<QQ" if size == 8 else "<II"
                stop = end - (end - first) % (2 * size)
                entries = struct.iter_unpack(layout, data[first:stop])
                found += [(low, low + count, unit) for low, count in entries if count]
                at = end
        except struct.error:
            return []
        return sorted(found)

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

    def _bytes(self, name: str) -> bytes:
        section = self.elf.section_named(name)
        if section is None or section.flags & COMPRESSED:
            return b""
        return self.elf.bytes_of(section)


def _tags(data: bytes, at: int) -> set[int]:
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


def _uleb(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7

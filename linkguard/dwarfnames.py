"""Which units of the debug information can be about some function: found without reading them.

A general library takes seconds to walk all entries of an image of seven megabytes. Few units name a
banned function, mostly none does. A unit holds a name as the offset of a shared string, or as the
string itself; an entry of another unit is referred to by its offset. Those bytes can be looked for.
What is found may be something else by accident: then a unit is read in vain, no more.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache

from linkguard.bytesearch import occurring, places
from linkguard.elf import Elf
from linkguard.policy import NameSet

COMPRESSED = 0x800


def has_debug_info(elf: Elf) -> bool:
    section = elf.section_named(".debug_info")
    return section is not None and section.size > 0


def must_read_all(elf: Elf, names: NameSet) -> bool:
    """Whether nothing can be looked for: a glob is no name, and compressed sections hide theirs."""
    sections = (elf.section_named(name) for name in (".debug_info", ".debug_str"))
    return bool(names.globs) or any(s is not None and s.flags & COMPRESSED for s in sections)


@lru_cache(maxsize=1)
def may_be_about(elf: Elf, names: NameSet) -> bool:
    """A quick no: the debug information has none of the names."""
    if not has_debug_info(elf):
        return False
    return must_read_all(elf, names) or any(Names(elf).units_naming(names.exact))


class Names:
    """The debug information as bytes, asked for names and for references."""

    def __init__(self, elf: Elf) -> None:
        self.elf = elf
        self.info = self._bytes(".debug_info")
        self.starts = list(self._unit_starts())

    def _bytes(self, name: str) -> bytes:
        section = self.elf.section_named(name)
        return self.elf.bytes_of(section) if section else b""

    def _unit_starts(self) -> Iterator[int]:
        at = 0
        while at + 4 <= len(self.info):
            yield at
            (length,) = struct.unpack_from(self.elf.order + "I", self.info, at)
            if length == 0xFFFFFFFF:
                (length,) = struct.unpack_from(self.elf.order + "Q", self.info, at + 4)
                at += 8
            at += 4 + length

    def unit_at(self, offset: int) -> int:
        """The start of the unit that an offset lies in."""
        return self.starts[max(0, bisect_right(self.starts, offset) - 1)]

    def units_naming(self, names: Iterable[str]) -> tuple[set[int], set[int]]:
        """The units that hold one of the names, by their starts; and places in the table of string
        offsets that do, for units that name a string by its number there."""
        wanted = [name.encode("utf-8") + b"\0" for name in names]
        strings = self._bytes(".debug_str")
        offsets = self._bytes(".debug_str_offsets")
        patterns = occurring(wanted, self.info)
        indexed: set[int] = set()
        for name in occurring(wanted, strings):
            for offset in places(strings, name):
                pattern = self._packed(offset)
                patterns.append(pattern)
                indexed.update(places(offsets, pattern))
        return self.units_with(patterns), indexed

    def units_referring(self, offsets: Iterable[int]) -> set[int]:
        """The starts of units that hold the offset of one of these entries."""
        return self.units_with([self._packed(offset) for offset in offsets])

    def units_with(self, patterns: Iterable[bytes]) -> set[int]:
        """The starts of units that hold one of these sequences of bytes."""
        return {self.unit_at(at) for pattern in patterns for at in places(self.info, pattern)}

    def _packed(self, offset: int) -> bytes:
        return struct.pack(self.elf.order + "I", offset & 0xFFFFFFFF)

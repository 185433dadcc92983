"""A symbol table asked for a few names: it decodes those, and skims the others.

An image of seven megabytes has some fifty thousand symbols. An object for each takes a tenth of a
second, more than everything else that verifying does; so names are looked for in the string
table as a whole, and only what they belong to is decoded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkguard.elf import Elf, Section, Symbol
    from linkguard.policy import Policy


SHN_LORESERVE, SHN_XINDEX = 0xFF00, 0xFFFF


class SymbolTable:
    """The symbols of one section, by index."""

    def __init__(self, elf: Elf, section: Section) -> None:
        self.elf = elf
        self.section = section
        self.entry = 24 if elf.is64 else 16
        data = elf.bytes_of(section)
        self.data = data[: len(data) - len(data) % self.entry]
        self.strings = elf.strings_of(section)

    def __len__(self) -> int:
        return len(self.data) // self.entry

    def __getitem__(self, index: int) -> Symbol:
        entry = self.data[index * self.entry : (index + 1) * self.entry]
        return next(self.elf.decode_symbols(self.section, entry, index))

    def columns(self) -> Iterator[tuple[int, int, int, int, int]]:
        """Of every symbol: where its name begins, its info byte, section, value and size."""
        entries = struct.iter_unpack(
            self.elf.order + ("IBxHQQ" if self.elf.is64 else "IIIBxH"), self.data
        )
        limit = len(self.elf.sections)
        for index, entry in enumerate(entries):
            if self.elf.is64:
                name, info, section, value, size = entry
            else:
                name, value, size, info, section = entry
            if section == SHN_XINDEX or limit <= section < SHN_LORESERVE:
                section = self[index].section  # more sections than fit here, or damage
            yield name, info, section, value, size

    @property
    def has_local_names(self) -> bool:
        """Whether any local symbol, all of which come first, has a name."""
        return any(self[index].name for index in range(min(self.section.info, len(self))))

    @cached_property
    def _offsets(self) -> list[int]:
        """Where each symbol's name begins."""
        return self._column("I20x" if self.elf.is64 else "I12x")

    @cached_property
    def values(self) -> list[int]:
        return self._column("8xQ8x" if self.elf.is64 else "4xI8x")

    def _column(self, layout: str) -> list[int]:
        return [value for (value,) in struct.iter_unpack(self.elf.order + layout, self.data)]

    @cached_property
    def _names(self) -> set[bytes]:
        """Every symbol's name. Linkers share tails: `my_malloc` may hold the name `malloc`."""
        strings = self.strings
        names = set(strings.split(b"\0"))
        inside = {o for o in self._offsets if 0 < o < len(strings) and strings[o - 1]}
        names.update(strings[o : strings.find(b"\0", o)] for o in inside)
        return names

    @cached_property
    def _marked(self) -> list[bytes]:
        """The names that may be a clone's or a version."""
        return [name for name in self._names if b"." in name or b"@" in name]

    def banned_names(self, policy: Policy) -> list[str]:
        """The names that a policy bans, also with a clone's or version's suffix."""
        found = self._names.intersection(name.encode("utf-8") for name in policy.ban.exact)
        for name in self._names if policy.ban.globs else self._marked:
            if policy.bans(name.decode("utf-8", "replace")):
                found.add(name)
        return sorted(name.decode("utf-8", "replace") for name in found)

    def starting_with(self, prefix: bytes) -> list[Symbol]:
        """The symbols whose names begin so."""
        if prefix not in self.strings:
            return []
        names = [name for name in self._names if name.startswith(prefix)]
        return self.named(name.decode("utf-8", "replace") for name in names)

    def named(self, names: Iterable[str]) -> list[Symbol]:
        """The symbols of these names."""
        return [self[index] for index in self.indices(names)]

    def indices(self, names: Iterable[str]) -> list[int]:
        """Where in the table the symbols of these names are."""
        places: set[int] = set()
        for name in names:
            text = name.encode("utf-8") + b"\0"
            at = self.strings.find(text)
            while at >= 0:
                places.add(at)
                at = self.strings.find(text, at + 1)
        if not places:
            return []
        return [index for index, at in enumerate(self._offsets) if at in places]

    def at(self, addresses: set[int]) -> list[Symbol]:
        """The symbols at these addresses, whose lowest bit does not count."""
        if not addresses:
            return []
        both = addresses | {address | 1 for address in addresses}
        return [self[index] for index, value in enumerate(self.values) if value in both]

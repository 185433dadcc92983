"""A symbol table asked for a few names: it decodes those, and skims the others.

An image of seven megabytes has some fifty thousand symbols. An object for each takes a tenth of a
second, more than everything else that verifying does; so the table is taken apart into columns,
names are looked for in the string table as a whole, and only what they belong to is decoded.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from linkguard.bytesearch import occurring, places
from linkguard.columns import all_of

if TYPE_CHECKING:
    from linkguard.elf import Elf, Section
    from linkguard.policy import NameSet, Policy


SHN_LORESERVE, SHN_XINDEX = 0xFF00, 0xFFFF
ENDS = (b"\0", b".", b"@", b"")  # of a function's name in a symbol's


class Symbol(NamedTuple):
    name: str
    value: int
    size: int
    bind: int
    type: int
    section: int  # a section index, SHN_UNDEF, SHN_ABS or SHN_COMMON


class SymbolTable:
    """The symbols of one section, by index, and their fields as columns."""

    def __init__(self, elf: Elf, section: Section) -> None:
        self.elf = elf
        self.section = section
        self.entry = 24 if elf.is64 else 16
        data = elf.view_of(section)
        self.data = data[: len(data) - len(data) % self.entry]
        self.strings = elf.strings_of(section)
        self._banned: dict[NameSet, list[str]] = {}

    def __len__(self) -> int:
        return len(self.data) // self.entry

    def __getitem__(self, index: int) -> Symbol:
        info = self.infos[index]
        return Symbol(
            self._text(self.names[index]).decode("utf-8", "replace"),
            self.values[index],
            self.sizes[index],
            info >> 4,
            info & 15,
            self.sections[index],
        )

    def _text(self, at: int) -> bytes:
        """What is written at a place of the string table."""
        end = self.strings.find(b"\0", at)
        return self.strings[at : end if end >= 0 else None]

    def _decoded(self, index: int) -> Symbol:
        """The same with all that may be odd about its section."""
        entry = self.data[index * self.entry : (index + 1) * self.entry]
        return next(self.elf.decode_symbols(self.section, entry, index))

    # An entry is: name 4, info 1, other 1, section 2, value 8, size 8 bytes (64 bits);
    # or: name 4, value 4, size 4, info 1, other 1, section 2 bytes (32 bits).

    @cached_property
    def names(self) -> array[int]:
        """Where each symbol's name begins."""
        return self._column("I", 0)

    @cached_property
    def initials(self) -> bytes:
        """The first byte of each symbol's name, 0 where there is none."""
        at, end = self.names.tolist(), len(self.strings)
        if max(at, default=0) >= end:
            return bytes([self.strings[name] if name < end else 0 for name in at])
        return bytes(all_of(self.strings, at))

    @cached_property
    def values(self) -> list[int]:
        return (self._column("Q", 8) if self.elf.is64 else self._column("I", 4)).tolist()

    @cached_property
    def sizes(self) -> list[int]:
        return (self._column("Q", 16) if self.elf.is64 else self._column("I", 8)).tolist()

    @cached_property
    def infos(self) -> bytes:
        """Binding in the upper half of the byte, type in the lower."""
        return bytes(self.data[4 if self.elf.is64 else 12 :: self.entry])

    @cached_property
    def sections(self) -> list[int]:
        found = self._column("H", 6 if self.elf.is64 else 14).tolist()
        limit = len(self.elf.sections)
        odd = {s for s in set(found) if s == SHN_XINDEX or limit <= s < SHN_LORESERVE}
        if not odd:
            return found
        # more sections than fit here, or damage
        return [self._decoded(index).section if s in odd else s for index, s in enumerate(found)]

    def are_of_type(self, kind: int) -> bytes:
        """For every symbol, 1 where it is of this type."""
        return self.infos.translate(bytes(info & 15 == kind for info in range(256)))

    def defined(self, kind: int) -> tuple[list[int], list[int]]:
        """The sections and the values of the symbols of a type that have a size and a section."""
        kinds = self.are_of_type(kind)
        sizes = [*compress(self.sizes, kinds)]
        sections = [*compress(compress(self.sections, kinds), sizes)]
        values = [*compress(compress(self.values, kinds), sizes)]
        if all(0 < number < SHN_LORESERVE for number in {*sections}):
            return sections, values
        sure = [0 < number < SHN_LORESERVE for number in sections]
        return [*compress(sections, sure)], [*compress(values, sure)]

    def _column(self, code: str, offset: int) -> array[int]:
        found = array(code)
        found.frombytes(self.data)
        found = found[offset // found.itemsize :: self.entry // found.itemsize]
        if (self.elf.order == "<") != (sys.byteorder == "little"):
            found.byteswap()
        return found

    @property
    def has_local_names(self) -> bool:
        """Whether any local symbol, all of which come first, has a name."""
        local = self.names[: self.section.info]
        return any(0 < o < len(self.strings) and self.strings[o] for o in local)

    @cached_property
    def _names(self) -> set[bytes]:
        """Every symbol's name. Linkers share tails: `my_malloc` may hold the name `malloc`."""
        strings = self.strings
        names = set(strings.split(b"\0"))
        inside = {o for o in self.names if 0 < o < len(strings) and strings[o - 1]}
        names.update(map(self._text, inside))
        return names

    def banned_names(self, policy: Policy) -> list[str]:
        """The names that a policy bans, also with a clone's or version's suffix."""
        if policy.ban not in self._banned:
            candidates = self._names if policy.ban.globs else self._beginning_with(policy.ban.exact)
            names = {name.decode("utf-8", "replace") for name in candidates}
            self._banned[policy.ban] = sorted(name for name in names if policy.bans(name))
        return self._banned[policy.ban]

    def _beginning_with(self, functions: Iterable[str]) -> set[bytes]:
        """The symbols' names that are one of these, alone or before a suffix."""
        names = [name.encode("utf-8") for name in functions]
        found = {
            at
            for name in occurring(names, self.strings)
            for at in places(self.strings, name)
            if self.strings[at + len(name) : at + len(name) + 1] in ENDS
        }
        if found:
            found &= set(self.names)
        return {self._text(at) for at in found}

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
        found: set[int] = set()
        for name in names:
            found.update(places(self.strings, name.encode("utf-8") + b"\0"))
        if not found:
            return []
        return [*compress(range(len(self)), map(found.__contains__, self.names))]

    def at(self, addresses: set[int]) -> list[Symbol]:
        """The symbols at these addresses, whose lowest bit does not count."""
        if not addresses:
            return []
        both = addresses | {address | 1 for address in addresses}
        return [self[index] for index, value in enumerate(self.values) if value in both]

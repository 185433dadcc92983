"""The parts of an ELF file that can refer to one another: functions, objects, and the gaps.

Addresses are the image's own; the sections of an object file, which all start at zero, are laid
out one behind the other with a gap, so that one sorted list answers "what is at this address"
for objects and images alike.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, overload

from linkguard import elf as elf_format
from linkguard.elf import EM_ARM, EM_RISCV, EM_X86_64, Elf, Section
from linkguard.errors import LinkguardError
from linkguard.parts import Parts, parts_of
from linkguard.symboltable import Symbol

SECTION_GAP = 0x10000
SUPPORTED = (EM_ARM, EM_X86_64, EM_RISCV)


class Entity(NamedTuple):
    """A function, an object, or a nameless stretch of a section, at [start, end)."""

    name: str
    start: int
    end: int
    section: int
    is_code: bool
    bind: int = elf_format.STB_LOCAL
    is_function: bool = False
    is_ifunc: bool = False
    has_size: bool = True
    is_gap: bool = False  # no symbol is here: `name` is the section's, with an offset
    aliases: tuple[Symbol, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *(alias.name for alias in self.aliases))


class Entities(Sequence[Entity]):
    """The parts of a file by number; what is asked for becomes an entity, once."""

    def __init__(self, elf: Elf, bases: dict[int, int], parts: Parts) -> None:
        self.elf = elf
        self.bases = bases
        self.parts = parts
        self.made: list[Entity | None] = [None] * len(parts.starts)

    def __len__(self) -> int:
        return len(self.made)

    @overload
    def __getitem__(self, index: int) -> Entity: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entity]: ...
    def __getitem__(self, index: int | slice) -> Entity | list[Entity]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self.made)))]
        found = self.made[index]
        if found is None:
            start, end = self.parts.starts[index], self.parts.ends[index]
            section = self.elf.sections[self.parts.sections[index]]
            symbols = self.parts.symbols[index]
            if isinstance(symbols, int):
                found = _entity(section, start, end, [self.elf.symbol(symbols)])
            elif symbols:
                found = _entity(section, start, end, [self.elf.symbol(s) for s in symbols])
            else:
                found = _gap(section, self.bases[section.number], start, end)
            self.made[index] = found
        return found


class Layout:
    """The entities of one file, by address."""

    def __init__(self, elf: Elf, cuts: Sequence[int] = ()) -> None:
        """`cuts`: where input sections of an image begin or end, in order, as its map has it: they
        tell its gaps apart."""
        if elf.machine not in SUPPORTED or (elf.machine == EM_X86_64 and not elf.is64):
            raise LinkguardError(
                elf.label, f"code for {elf.machine_name} cannot be read: ARM, RISC-V and x86-64 can"
            )
        if elf.order != "<":
            raise LinkguardError(elf.label, "big-endian code cannot be read")
        self.elf = elf
        self.bases = self._section_bases()
        parts = parts_of(elf, self.bases, cuts)
        self.entities = Entities(elf, self.bases, parts)
        self.starts, self.ends = parts.starts, parts.ends

    def _section_bases(self) -> dict[int, int]:
        alloc = [s for s in self.elf.sections if s.flags & elf_format.SHF_ALLOC]
        if not self.elf.is_object:
            return {s.number: s.address for s in alloc}
        bases: dict[int, int] = {}
        next_base = SECTION_GAP
        for section in alloc:
            bases[section.number] = next_base
            next_base += (section.size + 2 * SECTION_GAP) & -SECTION_GAP
        return bases

    def find(self, address: int) -> int:
        """The entity at an address, -1 for none."""
        index = bisect_right(self.starts, address) - 1
        if index >= 0 and address < self.ends[index]:
            return index
        return -1

    def address_of(self, symbol: Symbol) -> int | None:
        """A symbol's address, None when it is not in a loaded section of this file."""
        if symbol.section not in self.bases:
            return None
        base = self.bases[symbol.section] if self.elf.is_object else 0
        value = symbol.value
        if self.elf.machine == EM_ARM and symbol.type in (
            elf_format.STT_FUNC,
            elf_format.STT_IFUNC,
        ):
            value &= ~1
        return base + value

    def place(self, section: Section, offset: int) -> int:
        """The address of a relocated place, from a relocation's offset field."""
        return self.bases[section.number] + offset if self.elf.is_object else offset

    @cached_property
    def mapping(self) -> dict[int, list[tuple[int, str]]]:
        """ARM and RISC-V mapping symbols: where code (t, a, x) and data (d) begin, by section."""
        found: dict[int, list[tuple[int, str]]] = {}
        if self.elf.machine == EM_X86_64:
            return found
        for symbol in self.elf.symbols:
            name = symbol.name
            if (
                name[:1] == "$"
                and name[1:2] in ("a", "t", "d", "x")
                and name[2:3] in ("", ".", "r")
            ):
                address = self.address_of(symbol)
                if address is not None:
                    found.setdefault(symbol.section, []).append((address, name[1]))
        for marks in found.values():
            marks.sort()
        return found

    def spans(self, entity: Entity) -> Iterator[tuple[int, int, str]]:
        """The stretches of a code entity: begin, end, and their kind (t, a, x or d)."""
        marks = self.mapping.get(entity.section, [])
        index = bisect_right(marks, (entity.start, "~")) - 1
        kind = marks[index][1] if index >= 0 else self._default_kind(entity)
        begin = entity.start
        for address, following in marks[index + 1 :]:
            if address >= entity.end:
                break
            if following != kind:
                if address > begin:
                    yield begin, address, kind
                begin, kind = address, following
        yield begin, entity.end, kind

    def _default_kind(self, entity: Entity) -> str:
        if self.elf.machine != EM_ARM:
            return "x"
        odd = any(alias.value & 1 for alias in entity.aliases) or self.elf.entry & 1
        return "t" if odd or not entity.is_function else "a"


def _rank(symbol: Symbol) -> tuple[int, int, bool, int, str]:
    """Which of several names of one address speaks for it: functions, then global, short ones.

    An ifunc's name stands for what its resolver returns; the code here is the resolver's.
    """
    bind = {elf_format.STB_GLOBAL: 0, elf_format.STB_WEAK: 1}.get(symbol.bind, 2)
    later = {elf_format.STT_IFUNC: 1, elf_format.STT_OBJECT: 2, elf_format.STT_NOTYPE: 3}
    kind = later.get(symbol.type, 0)
    return kind, bind, symbol.name.startswith("_"), len(symbol.name), symbol.name


def _entity(section: Section, start: int, end: int, here: list[Symbol]) -> Entity:
    ranked = sorted(here, key=_rank) if len(here) > 1 else here
    first = ranked[0]
    function_type = first.type in (elf_format.STT_FUNC, elf_format.STT_IFUNC)
    return Entity(
        name=first.name,
        start=start,
        end=end,
        section=section.number,
        is_code=section.is_code,
        bind=first.bind,
        is_function=section.is_code and first.type != elf_format.STT_OBJECT,
        is_ifunc=function_type and first.type == elf_format.STT_IFUNC,
        has_size=any(symbol.size for symbol in here),
        aliases=tuple(ranked[1:]),
    )


def _gap(section: Section, base: int, start: int, stop: int) -> Entity:
    name = section.name if start == base else f"{section.name}+{start - base:#x}"
    return Entity(
        name=name,
        start=start,
        end=stop,
        section=section.number,
        is_code=section.is_code,
        is_function=section.is_code,
        has_size=False,
        is_gap=True,
    )

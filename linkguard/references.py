"""Who refers to whom: the edges between the entities of a file.

Relocations say most of it. What the assembler or the linker has already resolved left none:
those branches are decoded. What cannot be decoded becomes a reference of kind UNKNOWN, never
nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from enum import IntEnum
from operator import itemgetter
from typing import NamedTuple

from linkguard import elf as elf_format
from linkguard import relocation
from linkguard.code import Entity, Layout
from linkguard.elf import EM_ARM, EM_RISCV, EM_X86_64, Elf, Relocation, Relocations
from linkguard.isa import arm, riscv, thumb, x86
from linkguard.isa.flow import Decoded, Event, Flow
from linkguard.isa.x86 import Form
from linkguard.relocation import Use
from linkguard.symboltable import Symbol

# Unwind tables name every function; only what they name outside of code can be run by them.
UNWIND = (".eh_frame", ".ARM.exidx", ".ARM.extab", ".gcc_except_table", ".llvm.callgraph")


class Kind(IntEnum):
    CALL = 0
    JUMP = 1  # a tail call, a branch, or code that runs into the next function
    ADDRESS = 2
    SITE = 3  # an indirect call or jump: no target is known
    UNKNOWN = 4  # code that could not be decoded


class Reference(NamedTuple):
    kind: Kind
    source: int  # the entity that refers
    place: int  # address of the instruction or word
    target: int = -1  # the entity referred to, -1 when it is not in this file
    symbol: str = ""  # the name of an undefined target
    inferred: bool = False  # decoded, without a relocation


ORDER = itemgetter(1, 2, 0, 3)  # by source, place, kind and target


class _Target(NamedTuple):
    entity: int
    interior: bool
    symbol: str


class Scan:
    """One pass over a layout. Everything it learns goes into `found` and `switches`."""

    def __init__(self, layout: Layout, alone: Callable[[Entity], bool] | None = None) -> None:
        """`alone`: whether a function has an input section for itself, so that relocations tell all
        its branches. Calls through pointers and what cannot be decoded are not found in these.
        """
        self.alone = alone
        self.layout = layout
        self.elf = layout.elf
        self.zcm = _has_zcm(layout.elf)
        self.unwind = {s.number for s in layout.elf.sections if s.name.startswith(UNWIND)}
        self.found: list[Reference] = []
        self.indexed: list[Reference] = []
        self.switches: set[int] = set()  # functions with a table of places inside themselves
        self.relocations: dict[int, Relocations] = {}
        self.bytes: dict[int, memoryview] = {}
        self.loads: dict[int, int] = {}  # word of a literal pool -> the first load of it
        self.ends: dict[int, int] = {}  # x86-64: where the instruction around a place ends
        self.meant: dict[tuple[int, int], _Target] = {}  # by symbol and what is added to it

    def run(self) -> list[Reference]:
        for number, entity in enumerate(self.layout.entities):
            if entity.is_code:
                self._code(number, entity)
            else:
                self._data(number, entity)
        self.found = [
            reference._replace(place=self.loads.get(reference.place, reference.place))
            for reference in self.found
        ]
        self.found += [site for site in self.indexed if site.source not in self.switches]
        return self._ordered()

    def relocations_of(self, index: int) -> Relocations:
        """The relocations of a section, read at the first question."""
        if index not in self.relocations:
            self.relocations[index] = self.elf.relocation_columns(self.elf.sections[index])
        return self.relocations[index]

    def _bytes(self, index: int) -> memoryview:
        """A section's bytes, found once: functions are many, and share few sections."""
        if index not in self.bytes:
            self.bytes[index] = self.elf.view_of(self.elf.sections[index])
        return self.bytes[index]

    def _within(self, entity: Entity, start: int, end: int) -> Iterator[tuple[int, Relocation]]:
        entries = self.relocations_of(entity.section)
        base = self.layout.bases[entity.section] if self.elf.is_object else 0
        offsets = entries.offsets
        index = bisect_left(offsets, start - base)
        while index < len(offsets) and offsets[index] < end - base:
            yield base + offsets[index], entries[index]
            index += 1

    def of(self, number: int) -> list[Reference]:
        """The references of one entity, for machines without literal pools."""
        told = self.told(number)
        if told is not None:
            return told
        self._code(number, self.layout.entities[number])
        return self._ordered()

    def told(self, number: int) -> list[Reference] | None:
        """The same where relocations tell it; None where only decoding can."""
        self.found, self.indexed = [], []
        entity = self.layout.entities[number]
        if not entity.is_code:
            self._data(number, entity)
        elif not (self.alone and self.alone(entity) and self._undecoded(number, entity)):
            return None
        return self._ordered()

    def possible(self, number: int) -> list[Reference]:
        """At least what relocations may mean in code that was not decoded: those that count from
        the end of an instruction may have none to four bytes of an operand behind them.
        """
        self.found, self.indexed = [], []
        entity = self.layout.entities[number]
        for place, entry in self._within(entity, entity.start, entity.end):
            for end in (4, 5, 6, 8):
                self.ends[place] = place + end
                self._relocated(number, entity, place, entry)
            del self.ends[place]
        return self._ordered()

    def _ordered(self) -> list[Reference]:
        return sorted(set(self.found), key=ORDER)

    def _undecoded(self, number: int, entity: Entity) -> bool:
        """Take a function's references from its relocations, if their bytes leave no doubt."""
        base = self.layout.bases[entity.section]
        data = self._bytes(entity.section)
        related = list(self._within(entity, entity.start, entity.end))
        last = related[-1][0] if related else entity.start - 4
        code = bytes(data[entity.start - base : entity.end - base])
        if not x86.surely_ends(code, last - entity.start):
            return False
        found = [x86.form_of(code, p - entity.start, e.type, e.addend) for p, e in related]
        if x86.UNCLEAR in found:
            return False
        for (place, entry), (form, before) in zip(related, found, strict=True):
            if form == Form.ADDRESS:
                self._relocated(number, entity, place, entry)
            elif relocation.use_of(self.elf.machine, entry.type) != Use.NONE:
                kind = Kind.CALL if form == Form.CALL else Kind.JUMP
                self._edge(kind, number, place - before, self._target(entity, place, entry))
        return True

    def _code(self, number: int, entity: Entity) -> None:
        base = self.layout.bases[entity.section]
        data = self._bytes(entity.section)
        decoded = Decoded([], falls_through=False)
        for begin, end, kind in self.layout.spans(entity):
            decoded = Decoded([], falls_through=False)
            covered: set[int] = set()
            if kind != "d":
                stretch = bytes(data[begin - base : end - base])
                if entity.is_function and not entity.has_size and not any(stretch):
                    continue  # padding
                decoded = self._decode(stretch, begin, kind)
                for event in decoded.events:
                    covered.update(self._event(number, entity, event))
            for place, entry in self._within(entity, begin, end):
                if place not in covered:
                    self._relocated(number, entity, place, entry)
        self._fall_through(number, entity, decoded)

    def _decode(self, code: bytes, address: int, kind: str) -> Decoded:
        if self.elf.machine == EM_X86_64:
            return x86.decode(code, address)
        if self.elf.machine == EM_RISCV:
            return riscv.decode(code, address, self.elf.is64, self.zcm)
        return thumb.decode(code, address) if kind == "t" else arm.decode(code, address)

    def _event(self, number: int, entity: Entity, event: Event) -> list[int]:
        """Record one instruction. Returns the relocated places that it explains."""
        if event.flow == Flow.UNKNOWN:
            self.found.append(Reference(Kind.UNKNOWN, number, event.address))
            return []
        if event.flow == Flow.LITERAL:
            self.loads.setdefault(event.target, event.address)
            return []
        related = list(self._within(entity, event.address, event.address + event.size))
        branches = event.flow in (Flow.CALL, Flow.JUMP)
        for place, entry in related:
            use = relocation.use_of(self.elf.machine, entry.type)
            if (branches and use != Use.NONE) or (event.flow != Flow.ADDRESS and use == Use.SLOT):
                call = event.flow in (Flow.CALL, Flow.INDIRECT_CALL)
                kind = Kind.CALL if call else Kind.JUMP
                self._edge(kind, number, event.address, self._target(entity, place, entry))
                return [place]
        if event.flow in (Flow.INDIRECT_CALL, Flow.INDIRECT_JUMP):
            self.found.append(Reference(Kind.SITE, number, event.address))
        elif event.flow == Flow.INDEXED_JUMP:
            self.indexed.append(Reference(Kind.SITE, number, event.address))
        elif not related:
            self._decoded_target(number, event)
        else:
            self.ends.update((place, event.address + event.size) for place, _ in related)
        return []

    def _decoded_target(self, number: int, event: Event) -> None:
        target = self.layout.find(event.target)
        if target in (number, -1):
            return
        kind = {Flow.CALL: Kind.CALL, Flow.JUMP: Kind.JUMP}.get(event.flow, Kind.ADDRESS)
        self.found.append(Reference(kind, number, event.address, target, inferred=True))

    def _fall_through(self, number: int, entity: Entity, decoded: Decoded) -> None:
        """Code without an end runs into its neighbour; a call at the end does not return."""
        padding = entity.is_gap and not decoded.events
        if not decoded.falls_through or not entity.is_function or padding:
            return
        last = decoded.events[-1] if decoded.events else None
        calls = last is not None and last.flow in (Flow.CALL, Flow.INDIRECT_CALL)
        if entity.has_size and last and calls and last.address + last.size + 4 >= entity.end:
            return
        following = number + 1
        if following < len(self.layout.entities):
            target = self.layout.entities[following]
            if target.section == entity.section and target.is_function:
                self.found.append(
                    Reference(Kind.JUMP, number, entity.end, following, inferred=True)
                )

    def _data(self, number: int, entity: Entity) -> None:
        for place, entry in self._within(entity, entity.start, entity.end):
            self._relocated(number, entity, place, entry)

    def _relocated(self, number: int, entity: Entity, place: int, entry: Relocation) -> None:
        use = relocation.use_of(self.elf.machine, entry.type)
        if use == Use.NONE:
            return
        unwind = entity.section in self.unwind
        if unwind:
            symbol = self.elf.symbol(entry.symbol)
            if symbol.type == elf_format.STT_SECTION or not symbol.name:
                return
        target = self._target(entity, place, entry)
        if unwind and target.entity >= 0 and self.layout.entities[target.entity].is_code:
            return
        kind = Kind.JUMP if use == Use.BRANCH else Kind.ADDRESS
        self._edge(kind, number, place, target)

    def _edge(self, kind: Kind, number: int, place: int, target: _Target) -> None:
        if target.entity < 0 and not target.symbol:
            return
        if target.interior and kind == Kind.ADDRESS and target.entity >= 0:
            entity = self.layout.entities[target.entity]
            if entity.is_code and not entity.is_gap:  # in a gap, functions may begin anywhere
                self.switches.add(target.entity)
                if not self._leaves_function(number, target.entity):
                    return
        elif target.entity == number and kind == Kind.JUMP and target.interior:
            return
        self.found.append(Reference(kind, number, place, target.entity, target.symbol))

    def _leaves_function(self, number: int, target: int) -> bool:
        """Whether an address inside a function is held by another function's code."""
        return number != target and self.layout.entities[number].is_code

    def _target(self, source: Entity, place: int, entry: Relocation) -> _Target:
        if entry.addend is None:
            symbol = self.elf.symbol(entry.symbol)
            return self._meaning(symbol, self._in_place(source, place, entry, symbol))
        key = entry.symbol, entry.addend + self._ahead(source, place, entry)
        if key not in self.meant:
            self.meant[key] = self._meaning(self.elf.symbol(entry.symbol), key[1])
        return self.meant[key]

    def _meaning(self, symbol: Symbol, addend: int) -> _Target:
        address = self.layout.address_of(symbol)
        if address is None:
            return _Target(-1, False, symbol.name)
        address += addend
        entity = self.layout.find(address)
        if entity < 0:  # a name that a script put where nothing is: a function in ROM
            return _Target(-1, False, symbol.name)
        if self._is_script_symbol(symbol, entity):
            return _Target(-1, False, "")
        return _Target(entity, address != self.layout.entities[entity].start, "")

    def _is_script_symbol(self, symbol: Symbol, entity: int) -> bool:
        """`__data_start` and its like stand for a region, not for the first thing in it."""
        return (
            not self.elf.is_object
            and symbol.type == elf_format.STT_NOTYPE
            and symbol.bind == elf_format.STB_GLOBAL
            and self.layout.entities[entity].has_size
            and symbol.name != self.layout.entities[entity].name
        )

    def _ahead(self, source: Entity, place: int, entry: Relocation) -> int:
        """What x86-64 adds to an address that counts from the end of its instruction."""
        if (
            self.elf.machine == EM_X86_64
            and entry.type in relocation.X86_PC_RELATIVE
            and self.elf.sections[source.section].flags & elf_format.SHF_EXECINSTR
        ):
            return self.ends.get(place, place + 4) - place
        return 0

    def _in_place(self, source: Entity, place: int, entry: Relocation, symbol: Symbol) -> int:
        """ARM keeps addends in the place; a linked image has the final value there instead."""
        address = self.layout.address_of(symbol)
        if self.elf.machine != EM_ARM or symbol.type != elf_format.STT_SECTION or address is None:
            return 0
        index = source.section
        offset = place - self.layout.bases[index]
        data = self._bytes(index)[offset : offset + 4]
        if len(data) < 4:
            return 0
        word = int.from_bytes(data, "little")
        first, second = word & 0xFFFF, word >> 16
        if entry.type in relocation.ARM_WORDS:
            value = (word & ~1) if self.elf.is_object else (word & ~1) - address
        elif entry.type in (1, 27, 28, 29):
            value = arm.branch_target(word, 0 if self.elf.is_object else place)
            value -= 0 if self.elf.is_object else address
        elif entry.type in (10, 30):
            value = thumb.branch_target(first, second, 0 if self.elf.is_object else place)
            value -= 0 if self.elf.is_object else address
        else:
            value = self._moved(entry, first, second, word)
        return value

    def _moved(self, entry: Relocation, first: int, second: int, word: int) -> int:
        """MOVW holds the low half of an addend; the pair of MOVT adds nothing below 64 KiB."""
        if not self.elf.is_object:
            return 0
        if entry.type == relocation.ARM_THUMB_MOVW:
            value = (first & 15) << 12 | (first >> 10 & 1) << 11
            value |= (second >> 12 & 7) << 8 | second & 0xFF
        elif entry.type == relocation.ARM_MOVW:
            value = (word >> 16 & 15) << 12 | word & 0xFFF
        else:
            return 0
        return value & ~1


def _has_zcm(elf: Elf) -> bool:
    """Whether RISC-V code was built for Zcmp or Zcmt, by the attributes that assemblers write."""
    section = elf.section_named(".riscv.attributes") if elf.machine == EM_RISCV else None
    return section is not None and b"_zcm" in elf.bytes_of(section)


def references(layout: Layout) -> list[Reference]:
    """All references of a file, in the order of their sources and places."""
    return Scan(layout).run()

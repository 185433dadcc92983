"""ELF files: sections, symbols and relocations, by `struct` and nothing else.

Reading a libc of a thousand members, or a 7 MB image within a link, leaves no time for an object
per field, so this reader decodes whole tables at once; DWARF is left to a library (dwarf.py).
Everything a file says about itself is checked before it is believed.
"""

from __future__ import annotations

import mmap
import struct
import sys
from array import array
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, NamedTuple

from linkguard.errors import LinkguardError, reason
from linkguard.symboltable import Symbol, SymbolTable

ET_REL, ET_EXEC, ET_DYN = 1, 2, 3
EM_386, EM_ARM, EM_X86_64, EM_AARCH64, EM_RISCV = 3, 40, 62, 183, 243
SHT_SYMTAB, SHT_RELA, SHT_DYNAMIC, SHT_NOBITS, SHT_REL, SHT_DYNSYM = 2, 4, 6, 8, 9, 11
SHT_GROUP = 17
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_GNU_RETAIN = 1, 2, 4, 0x200000
SHN_UNDEF, SHN_LORESERVE, SHN_ABS, SHN_COMMON, SHN_XINDEX = 0, 0xFF00, 0xFFF1, 0xFFF2, 0xFFFF
SHT_SYMTAB_SHNDX = 18
STB_LOCAL, STB_GLOBAL, STB_WEAK = 0, 1, 2
STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_SECTION, STT_FILE, STT_TLS, STT_IFUNC = 0, 1, 2, 3, 4, 6, 10

MACHINES = {
    EM_386: "i386",
    EM_ARM: "arm",
    EM_X86_64: "x86_64",
    EM_AARCH64: "aarch64",
    EM_RISCV: "riscv",
}


class Relocations:
    """The relocations of a section by offset: columns of numbers, one made whole when asked for."""

    def __init__(
        self, offsets: array[int], infos: array[int], addends: array[int], shift: int
    ) -> None:
        self.offsets = offsets.tolist()
        in_order = sorted(self.offsets)
        if in_order != self.offsets:
            order = sorted(range(len(offsets)), key=self.offsets.__getitem__)
            self.offsets, infos = in_order, _permuted(infos, order)
            addends = _permuted(addends, order) if addends else addends
        self.infos = infos
        self.addends = addends  # none: they are in the places themselves (REL)
        self.shift = shift
        self.mask = 0xFFFFFFFF if shift == 32 else 0xFF

    @cached_property
    def symbols(self) -> list[int]:
        """The symbol of each, as an index into the symbol table."""
        if self.shift != 32:
            return [info >> self.shift for info in self.infos]
        halves = array("I", self.infos.tobytes())
        return halves[1 if sys.byteorder == "little" else 0 :: 2].tolist()

    def __getitem__(self, index: int) -> Relocation:
        info = self.infos[index]
        addend = self.addends[index] if self.addends else None
        return Relocation(self.offsets[index], info & self.mask, info >> self.shift, addend)


def _permuted(column: array[int], order: list[int]) -> array[int]:
    return array(column.typecode, map(column.__getitem__, order))


class Relocation(NamedTuple):
    offset: int  # in the section (objects) or an address (images)
    type: int
    symbol: int  # index into the symbol table
    addend: int | None  # None: it is in the place itself (REL)


class Section(NamedTuple):
    number: int
    name: str
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    entry_size: int

    @property
    def is_code(self) -> bool:
        return bool(self.flags & SHF_EXECINSTR) and self.type != SHT_NOBITS


def is_elf(data: bytes | mmap.mmap) -> bool:
    return data[:4] == b"\x7fELF"


class Elf:
    """One ELF file in memory. `label` names it in messages: a path, or `archive(member)`."""

    def __init__(self, data: bytes | mmap.mmap, label: str) -> None:
        self.data = data
        self.label = label
        self._strings: dict[int, bytes] = {}
        self._decoded: list[Symbol | None] | None = None
        if not is_elf(data):
            raise LinkguardError(label, "not an ELF file: give what a compiler or a linker wrote")
        if len(data) < 52 or data[4] not in (1, 2) or data[5] not in (1, 2):
            raise LinkguardError(label, "truncated or damaged ELF header")
        self.is64 = data[4] == 2
        self.order = "<" if data[5] == 1 else ">"
        layout = self.order + ("HHIQQQIHHHHHH" if self.is64 else "HHIIIIIHHHHHH")
        header = self._unpack(layout, 16, "ELF header")
        self.type, self.machine, _, self.entry, _, shoff, self.flags = header[:7]
        self.sections = self._read_sections(shoff, header[10], header[11], header[12])

    @property
    def is_object(self) -> bool:
        return self.type == ET_REL

    @property
    def machine_name(self) -> str:
        return MACHINES.get(self.machine, f"machine {self.machine}")

    def bytes_of(self, section: Section) -> bytes:
        return bytes(self.view_of(section))

    def view_of(self, section: Section) -> memoryview:
        """The same where it is in the file: what reads a little of much copies none of it."""
        if section.type == SHT_NOBITS:
            return memoryview(b"")
        end = section.offset + section.size
        if end > len(self.data):
            raise LinkguardError(
                self.label, f"truncated ELF: section '{section.name}' ends after the file"
            )
        return memoryview(self.data)[section.offset : end]

    def section_named(self, name: str) -> Section | None:
        return next((section for section in self.sections if section.name == name), None)

    @cached_property
    def symbol_table(self) -> Section | None:
        return next((s for s in self.sections if s.type == SHT_SYMTAB), None)

    @cached_property
    def symbols(self) -> list[Symbol]:
        """The full symbol table; empty when the file was stripped."""
        found = self._all_symbols(self.symbol_table)
        self._decoded = [*found]
        return found

    @cached_property
    def some_symbols(self) -> SymbolTable | None:
        """The same table, for who asks for few names; nothing when the file was stripped."""
        if self.symbol_table is None or self.symbol_table.size < 16:
            return None
        return SymbolTable(self, self.symbol_table)

    @cached_property
    def dynamic_symbols(self) -> list[Symbol]:
        return self._all_symbols(next((s for s in self.sections if s.type == SHT_DYNSYM), None))

    def _all_symbols(self, table: Section | None) -> list[Symbol]:
        return list(self.decode_symbols(table, self.view_of(table))) if table else []

    @cached_property
    def dynamic_references(self) -> set[int]:
        """The dynamic symbols that a dynamic relocation names, by index."""
        tables = [s for s in self.sections if s.type == SHT_DYNSYM]
        return {
            entry.symbol
            for section in self.sections
            if section.type in (SHT_REL, SHT_RELA) and tables and section.link == tables[0].number
            for entry in self._read_relocations(section, len(self.dynamic_symbols))
        }

    @cached_property
    def relocation_sections(self) -> dict[int, list[Section]]:
        """Relocation sections that use the symbol table, by the section they apply to."""
        found: dict[int, list[Section]] = {}
        table = self.symbol_table
        for section in self.sections:
            if section.type in (SHT_REL, SHT_RELA) and table and section.link == table.number:
                found.setdefault(section.info, []).append(section)
        return found

    def relocations(self, section: Section) -> Iterator[Relocation]:
        """The relocations that apply to a section."""
        for table in self.relocation_sections.get(section.number, ()):
            yield from self._read_relocations(table, len(self.symbols))

    def relocation_columns(self, section: Section) -> Relocations:
        """The same by offset, for who asks for few of many."""
        code, signed = ("Q", "q") if self.is64 else ("I", "i")
        shift = 32 if self.is64 else 8
        offsets, infos, addends = array(code), array(code), array(signed)
        for table in self.relocation_sections.get(section.number, ()):
            data = self.view_of(table)
            step = 3 if table.type == SHT_RELA else 2
            words = array(code)
            words.frombytes(data[: len(data) - len(data) % (step * words.itemsize)])
            if (self.order == "<") != (sys.byteorder == "little"):
                words.byteswap()
            offsets += words[0::step]
            infos += words[1::step]
            if step == 3:
                addends.frombytes(words[2::3].tobytes())
        if len(addends) not in (0, len(offsets)):
            raise LinkguardError(
                self.label, f"damaged ELF: relocations of '{section.name}' with and without addends"
            )
        found = Relocations(offsets, infos, addends, shift)
        highest = max(found.symbols, default=0)
        if highest >= max(1, self.symbol_count):
            raise LinkguardError(
                self.label, f"damaged ELF: '{section.name}' is relocated by symbol {highest}"
            )
        return found

    @property
    def symbol_count(self) -> int:
        table = self.symbol_table
        return table.size // (24 if self.is64 else 16) if table else 0

    def symbol(self, index: int) -> Symbol:
        """One symbol of the full table, for who asks for few."""
        if self._decoded is None:
            self._decoded = [None] * self.symbol_count
        found = self._decoded[index]
        if found is None:
            table = self.some_symbols
            assert table is not None
            found = self._decoded[index] = table[index]
        return found

    def _read_relocations(self, table: Section, count: int) -> Iterator[Relocation]:
        rela = table.type == SHT_RELA
        layout = self.order + ("QQ" if self.is64 else "II")
        if rela:
            layout += "q" if self.is64 else "i"
        shift, mask = (32, 0xFFFFFFFF) if self.is64 else (8, 0xFF)
        for entry in self._table(layout, table):
            offset, info = entry[0], entry[1]
            if info >> shift >= count:
                raise LinkguardError(
                    self.label, f"damaged ELF: '{table.name}' names symbol {info >> shift}"
                )
            yield Relocation(offset, info & mask, info >> shift, entry[2] if rela else None)

    def _table(self, layout: str, section: Section) -> Iterator[tuple[int, ...]]:
        data = self.view_of(section)
        return struct.iter_unpack(layout, data[: len(data) - len(data) % struct.calcsize(layout)])

    def _unpack(self, layout: str, offset: int, what: str) -> tuple[int, ...]:
        try:
            return struct.unpack_from(layout, self.data, offset)
        except (struct.error, OverflowError) as error:
            raise LinkguardError(self.label, f"truncated ELF: no {what} at {offset}") from error

    def _read_sections(self, offset: int, entry: int, count: int, names: int) -> list[Section]:
        if not offset:
            return []
        layout = self.order + ("IIQQQQIIQQ" if self.is64 else "IIIIIIIIII")
        if entry != struct.calcsize(layout):
            raise LinkguardError(self.label, f"damaged ELF: section headers of {entry} bytes")
        first = self._unpack(layout, offset, "section header")
        count = count or first[5]  # more than 65279 sections: the count is in header 0
        names = first[6] if names == SHN_XINDEX else names
        raw = [self._unpack(layout, offset + i * entry, "section header") for i in range(count)]
        if names >= count:
            raise LinkguardError(self.label, "damaged ELF: no section names")
        table = self.data[raw[names][4] : raw[names][4] + raw[names][5]]
        return [
            Section(i, _string(table, r[0]), r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[9])
            for i, r in enumerate(raw)
        ]

    def strings_of(self, table: Section) -> bytes:
        """The string table of a symbol table."""
        if table.link >= len(self.sections):
            raise LinkguardError(self.label, f"damaged ELF: '{table.name}' has no string table")
        if table.link not in self._strings:
            self._strings[table.link] = self.bytes_of(self.sections[table.link])
        return self._strings[table.link]

    def decode_symbols(self, table: Section, data: memoryview, first: int = 0) -> Iterator[Symbol]:
        """The symbols in `data`, part of a symbol table that begins at index `first`."""
        strings = self.strings_of(table)
        extended = self._extended_indices(table)
        layout = self.order + ("IBBHQQ" if self.is64 else "IIIBBH")
        whole = len(data) - len(data) % struct.calcsize(layout)
        for index, entry in enumerate(struct.iter_unpack(layout, data[:whole]), first):
            if self.is64:
                name, info, _, section, value, size = entry
            else:
                name, value, size, info, _, section = entry
            if section == SHN_XINDEX and index < len(extended):
                section = extended[index]
            elif section < SHN_LORESERVE and section >= len(self.sections):
                raise LinkguardError(
                    self.label, f"damaged ELF: symbol {index} is in section {section}"
                )
            yield Symbol(_string(strings, name), value, size, info >> 4, info & 15, section)

    def _extended_indices(self, table: Section) -> tuple[int, ...]:
        for section in self.sections:
            if section.type == SHT_SYMTAB_SHNDX and section.link == table.number:
                return tuple(entry[0] for entry in self._table(self.order + "I", section))
        return ()


def _string(table: bytes, offset: int) -> str:
    end = table.find(b"\0", offset)
    return table[offset : end if end >= 0 else len(table)].decode("utf-8", "replace")


def read_file(path: Path) -> bytes:
    """A file's bytes, or the one error message for a file that cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise LinkguardError(path, f"cannot read it: {reason(error)}") from error


def read(path: Path) -> Elf:
    """A file that stays as it is meanwhile: of a large one, only what is asked for is read."""
    try:
        with path.open("rb") as file:
            return Elf(mapped(file), str(path))
    except OSError as error:
        raise LinkguardError(path, f"cannot read it: {reason(error)}") from error


def mapped(file: BinaryIO) -> bytes | mmap.mmap:
    """A file's bytes: in memory when they are asked for, where that is possible."""
    try:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # a pipe, or an empty file
        return file.read()

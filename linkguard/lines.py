"""File, line and column of code addresses: the DWARF line number programs, versions 2 to 5.

A general DWARF library takes eight seconds for the line tables of one libc, this reader a
fraction of one: it runs the programs only, and needs no other debug section than the strings.
A table that cannot be read gives no locations; the verdict never rests on them.
"""

from __future__ import annotations

import posixpath
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

from linkguard import elf as elf_format
from linkguard.code import Layout
from linkguard.elf import EM_ARM, EM_RISCV, EM_X86_64, Elf, Section
from linkguard.location import Location

ABSOLUTE = {EM_ARM: {2: 4}, EM_X86_64: {1: 8, 10: 4}, EM_RISCV: {1: 4, 2: 8}}
RISCV_ADD = {33: 1, 34: 2, 35: 4, 36: 8}
RISCV_SUB = {37: 1, 38: 2, 39: 4, 40: 8}
RISCV_SET = {54: 1, 55: 2, 56: 4}
DW_LNCT_PATH, DW_LNCT_DIRECTORY = 1, 2


NOWHERE = Location()
Row = tuple[int, int, str, int, int]  # address, order, path, line, column
NO_ROW = (-1, 0, 0, "", 0, 0)


class LineTable:
    """The line programs of a file, each run at the first question about its code."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._run: dict[int, list[Row]] = {}

    def at(self, address: int) -> Location:
        """The location of the instruction at an address."""
        found = max((self._last(unit, address) for unit in self._units_at(address)), default=NO_ROW)
        _, _, _, path, line, column = found
        return Location(path, line, column) if line else NOWHERE

    def _last(self, unit: int, address: int) -> tuple[int, int, int, str, int, int]:
        """A unit's last row up to an address, with the unit's place among the units."""
        if unit not in self._run:
            self._run[unit] = self._rows(unit)
        rows = self._run[unit]
        index = bisect_right(rows, (address, 1 << 62)) - 1
        if index < 0:
            return NO_ROW
        at, order, path, line, column = rows[index]
        return at, 0 if not line else unit + 1, order, path, line, column

    def _rows(self, unit: int) -> list[Row]:
        """The rows of one program, sorted; line 0 ends a sequence."""
        assert self._programs is not None
        try:
            return sorted(self._programs.run(unit))
        except (IndexError, ValueError, TypeError):
            return []

    @cached_property
    def _programs(self) -> _Programs | None:
        section = self.layout.elf.section_named(".debug_line")
        return _Programs(self.layout, section) if section else None

    @cached_property
    def _units(self) -> list[int]:
        return self._programs.units() if self._programs else []

    @cached_property
    def _starts(self) -> tuple[list[int], Sequence[int], list[int]]:
        """The addresses that programs set, in order; which of the places each is from; the places,
        as they come. Some may be no such operation."""
        if self._programs is None:
            return [], [], []
        size = 8 if self.layout.elf.is64 else 4
        data = self._programs.data
        mark = bytes((0, size + 1, 2))
        first, *behind = data.split(mark)
        steps = [len(first), *(len(text) + len(mark) for text in behind)]
        places = [*accumulate(steps[:-1])]
        while places and places[-1] + len(mark) + size > len(data):
            places.pop()
        values = b"".join([text[:size] for text in behind[: len(places)]])
        if len(values) < size * len(places):  # a mark within an address
            begins = [at + len(mark) for at in places]
            values = b"".join([data[at : at + size] for at in begins])
        found = [*struct.unpack(f"<{len(places)}{'Q' if size == 8 else 'I'}", values)]
        in_order = sorted(found)
        if in_order == found:
            return found, range(len(found)), places
        return in_order, sorted(range(len(found)), key=found.__getitem__), places

    def _units_at(self, address: int) -> list[int]:
        """The units whose rows can be the last before an address.

        A program sets the address wherever a stretch of code begins, and goes up from there.
        """
        starts, order, places = self._starts
        index = bisect_right(starts, address)
        if not index:
            return []
        first = bisect_left(starts, starts[index - 1])
        units = self._units
        return sorted({units[bisect_right(units, places[n]) - 1] for n in order[first:index]})


def relocated(layout: Layout, section: Section) -> bytes:
    """A debug section's bytes with an object's relocations applied, by the layout's addresses."""
    elf = layout.elf
    if not elf.is_object:
        return elf.bytes_of(section)
    data = bytearray(elf.bytes_of(section))
    absolute = ABSOLUTE[elf.machine]
    for entry in elf.relocations(section):
        symbol = elf.symbols[entry.symbol]
        address = layout.address_of(symbol)
        value = symbol.value if address is None else address
        value += entry.addend or 0
        if width := absolute.get(entry.type):
            if entry.addend is None:
                value += int.from_bytes(data[entry.offset : entry.offset + width], "little")
        elif elf.machine == EM_RISCV:
            width, value = _riscv_value(data, entry.offset, entry.type, value)
        if width:
            data[entry.offset : entry.offset + width] = (value & (1 << 8 * width) - 1).to_bytes(
                width, "little"
            )
    return bytes(data)


def _riscv_value(data: bytearray, offset: int, type: int, value: int) -> tuple[int, int]:
    """RISC-V writes every difference as a pair of relocations, even inside a line program."""
    if width := RISCV_SET.get(type):
        return width, value
    if width := RISCV_ADD.get(type):
        return width, int.from_bytes(data[offset : offset + width], "little") + value
    if width := RISCV_SUB.get(type):
        return width, int.from_bytes(data[offset : offset + width], "little") - value
    return 0, 0


class _Programs:
    def __init__(self, layout: Layout, section: Section) -> None:
        self.layout = layout
        self.data = relocated(layout, section)
        self.strings = {
            0x0E: _optional(layout.elf, ".debug_str"),
            0x1F: _optional(layout.elf, ".debug_line_str"),
        }
        self.rows: list[Row] = []
        self.sequence = 0  # where the rows of the current sequence begin

    def units(self) -> list[int]:
        """Where each program begins."""
        found: list[int] = []
        offset = 0
        while offset + 4 <= len(self.data):
            found.append(offset)
            offset = self._extent(offset)[1]
        return found

    def _extent(self, offset: int) -> tuple[int, int, bool]:
        """Where a unit's header goes on behind its length, its end, whether it has wide offsets."""
        length = int.from_bytes(self.data[offset : offset + 4], "little")
        offset += 4
        wide = length == 0xFFFFFFFF
        if wide:
            length = int.from_bytes(self.data[offset : offset + 8], "little")
            offset += 8
        return offset, offset + length, wide

    def run(self, unit: int) -> list[Row]:
        """The rows of the program that begins at an offset."""
        self.rows, self.sequence = [], 0
        offset, end, wide = self._extent(unit)
        version = int.from_bytes(self.data[offset : offset + 2], "little")
        if not 2 <= version <= 5 or end > len(self.data):
            return []
        offset += 2 + (2 if version == 5 else 0)
        size = 8 if wide else 4
        start = offset + size + int.from_bytes(self.data[offset : offset + size], "little")
        offset += size
        minimum = self.data[offset]
        offset += 1 if version < 4 else 2
        line_base = _signed_byte(self.data[offset + 1])
        line_range, opcode_base = self.data[offset + 2], self.data[offset + 3]
        lengths = self.data[offset + 4 : offset + 3 + opcode_base]
        offset += 3 + opcode_base
        names = self._names_5(offset, size) if version == 5 else self._names_2(offset)
        self._program(start, end, (minimum, line_base, line_range, opcode_base), lengths, names)
        return self.rows

    def _names_2(self, offset: int) -> list[str]:
        """Include directories and files up to DWARF 4; entry 0 is not used."""
        directories = [""]
        while self.data[offset]:
            text, offset = self._string(offset)
            directories.append(text)
        offset += 1
        names = [""]
        while self.data[offset]:
            text, offset = self._string(offset)
            directory, offset = self._uleb(offset)
            _, offset = self._uleb(offset)
            _, offset = self._uleb(offset)
            names.append(_path(directories, directory, text))
        return names

    def _names_5(self, offset: int, size: int) -> list[str]:
        raw, offset = self._entries_5(offset, size)
        directories = ["", *(name for name, _ in raw[1:])]  # 0 is where the compiler ran
        files, _ = self._entries_5(offset, size)
        return [_path(directories, directory, name) for name, directory in files]

    def _entries_5(self, offset: int, size: int) -> tuple[list[tuple[str, int]], int]:
        count = self.data[offset]
        offset += 1
        form: list[tuple[int, int]] = []
        for _ in range(count):
            content, offset = self._uleb(offset)
            kind, offset = self._uleb(offset)
            form.append((content, kind))
        entries, offset = self._uleb(offset)
        found = []
        for _ in range(entries):
            path, directory = "", 0
            for content, kind in form:
                value, offset = self._value(kind, offset, size)
                if content == DW_LNCT_PATH:
                    path = str(value)
                elif content == DW_LNCT_DIRECTORY:
                    directory = int(value)
            found.append((path, directory))
        return found, offset

    def _value(self, form: int, offset: int, size: int) -> tuple[str | int, int]:
        if form == 0x08:
            return self._string(offset)
        if form in self.strings:
            at = int.from_bytes(self.data[offset : offset + size], "little")
            return _terminated(self.strings[form], at), offset + size
        if form == 0x0F:
            return self._uleb(offset)
        width = {0x0B: 1, 0x05: 2, 0x06: 4, 0x07: 8, 0x1E: 16}.get(form)
        if width is None:
            raise ValueError(f"form {form:#x} in a line table")
        return int.from_bytes(self.data[offset : offset + width], "little"), offset + width

    def _program(  # noqa: PLR0912 - one branch an opcode, in the loop that takes the time
        self,
        offset: int,
        end: int,
        parameters: tuple[int, int, int, int],
        lengths: bytes,
        names: list[str],
    ) -> None:
        minimum, line_base, line_range, opcode_base = parameters
        data, rows = self.data, self.rows
        address, file, line, column = 0, 1, 1, 0
        while offset < end:
            opcode = data[offset]
            offset += 1
            if opcode >= opcode_base:
                advance = opcode - opcode_base
                address += minimum * (advance // line_range)
                line += line_base + advance % line_range
            elif opcode == 0:
                length, offset = self._uleb(offset)
                extended = data[offset]
                if extended == 2:
                    address = int.from_bytes(data[offset + 1 : offset + length], "little")
                elif extended == 1:
                    self._end_sequence(address)
                    address, file, line, column = 0, 1, 1, 0
                offset += length
                continue
            elif opcode == 1:
                pass
            elif opcode == 2:
                advance, offset = self._uleb(offset)
                address += minimum * advance
                continue
            elif opcode == 3:
                advance, offset = self._sleb(offset)
                line += advance
                continue
            elif opcode == 4:
                file, offset = self._uleb(offset)
                continue
            elif opcode == 5:
                column, offset = self._uleb(offset)
                continue
            elif opcode == 8:
                address += minimum * ((255 - opcode_base) // line_range)
                continue
            elif opcode == 9:
                address += data[offset] | data[offset + 1] << 8
                offset += 2
                continue
            else:
                for _ in range(lengths[opcode - 1]):
                    _, offset = self._uleb(offset)
                continue
            if line and file < len(names):
                rows.append((address, len(rows) + 1, names[file], line, column))

    def _end_sequence(self, address: int) -> None:
        """Keep a sequence if its code is in the file: a collected function's is left at 0."""
        first = self.rows[self.sequence][0] if len(self.rows) > self.sequence else address
        number = self.layout.find(first)
        if number >= 0 and self.layout.entities[number].is_function:
            self.rows.append((address, 0, "", 0, 0))
        else:
            del self.rows[self.sequence :]
        self.sequence = len(self.rows)

    def _uleb(self, offset: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            byte = self.data[offset]
            offset += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value, offset
            shift += 7

    def _sleb(self, offset: int) -> tuple[int, int]:
        start = offset
        value, offset = self._uleb(offset)
        bits = 7 * (offset - start)
        return value - (1 << bits) if value >> (bits - 1) else value, offset

    def _string(self, offset: int) -> tuple[str, int]:
        text = _terminated(self.data, offset)
        return text, self.data.index(b"\0", offset) + 1


def _signed_byte(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


def _optional(elf: Elf, name: str) -> bytes:
    section = elf.section_named(name)
    return elf.bytes_of(section) if section and section.type != elf_format.SHT_NOBITS else b""


def _terminated(data: bytes, offset: int) -> str:
    return data[offset : data.index(b"\0", offset)].decode("utf-8", "replace")


def _path(directories: list[str], directory: int, name: str) -> str:
    """As the compiler saw it: the directory where it ran is left out."""
    base = directories[directory] if directory < len(directories) else ""
    return posixpath.normpath(posixpath.join(base, name)) if base else name

"""Names and places from the debug information that make a hop of a chain readable.

The library that reads it is loaded for those units alone that can have something to say.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from functools import cached_property
from typing import Any

from linkguard.dwarfnames import Names, has_debug_info, must_read_all
from linkguard.dwarfranges import UnitRanges
from linkguard.elf import Elf
from linkguard.location import Location
from linkguard.policy import NameSet

TAG_INLINED = 0x1D
DW_OP_ADDR = 0x03


class Frames:
    """For explanations: names and places, or nothing at all.

    Damaged debug information costs words, never the verdict; so errors end here.
    """

    def __init__(self, elf: Elf) -> None:
        self.elf = elf
        self.table = UnitRanges(elf)
        self._inlined: dict[int, list[tuple[int, int, str]]] = {}
        self._declared: dict[int, dict[int, Location]] = {}

    @cached_property
    def _info(self) -> Any:
        from linkguard import dwarf  # its library takes longer to load than most chains

        if not has_debug_info(self.elf):
            return None
        try:
            return dwarf.open_info(self.elf)
        except dwarf.DAMAGED:
            return None

    @cached_property
    def _units(self) -> list[tuple[int, int, int]]:
        """The units by the address ranges of their code, as they say themselves."""
        from linkguard import dwarf

        found: list[tuple[int, int, int]] = []
        if self._info is None:
            return found
        try:
            for unit in self._info.iter_CUs():
                for low, high in dwarf.ranges_of(self._info, unit, unit.get_top_DIE()):
                    found.append((low, high, unit.cu_offset))
        except dwarf.DAMAGED:
            return []
        return sorted(found)

    def _unit_at(self, address: int) -> int | None:
        known = self.table.unit_at(address)
        if known is not None:
            return known
        index = bisect_right(self._units, address, key=lambda entry: entry[0]) - 1
        if index < 0 or address >= self._units[index][1]:
            return None
        return self._units[index][2]

    def inlined_at(self, address: int) -> list[str]:
        """The functions inlined at an address, the innermost first."""
        if not has_debug_info(self.elf):
            return []
        unit = self._unit_at(address)
        if unit is None:
            return []
        if unit not in self._inlined:
            self._inlined[unit] = self._inlined_in(unit)
        around = [r for r in self._inlined[unit] if r[0] <= address < r[1]]
        return [name for _, _, name in sorted(around, key=lambda r: r[1] - r[0])]

    def _inlined_in(self, offset: int) -> list[tuple[int, int, str]]:
        if not self.table.may_have(offset, TAG_INLINED):
            return []
        from linkguard import dwarf

        if self._info is None:
            return []
        try:
            return list(dwarf.inlined_ranges(self._info, self._info.get_CU_at(offset)))
        except dwarf.DAMAGED:
            return []

    def variable_at(self, address: int) -> Location:
        """Where the variable at an address is declared, for variables of file scope."""
        found = Location()
        for offset in self._units_with(address):
            if offset not in self._declared:
                self._declared[offset] = self._variables_in(offset)
            found = self._declared[offset].get(address, found)
        return found

    def _units_with(self, address: int) -> list[int]:
        """The units that may declare the variable at an address: those that hold its bytes."""
        if not has_debug_info(self.elf) or must_read_all(self.elf, NameSet(())):
            return self._all_units
        if self.elf.section_named(".debug_addr"):
            return self._all_units  # addresses by number
        width = "Q" if self.elf.is64 else "I"
        pattern = bytes((DW_OP_ADDR,)) + struct.pack(self.elf.order + width, address)
        return sorted(self._names.units_with([pattern]))

    @cached_property
    def _names(self) -> Names:
        return Names(self.elf)

    @cached_property
    def _all_units(self) -> list[int]:
        from linkguard import dwarf

        if self._info is None:
            return []
        try:
            return [unit.cu_offset for unit in self._info.iter_CUs()]
        except dwarf.DAMAGED:
            return []

    def _variables_in(self, offset: int) -> dict[int, Location]:
        from linkguard import dwarf

        if self._info is None:
            return {}
        found: dict[int, Location] = {}
        try:
            unit = self._info.get_CU_at(offset)
            for entry in unit.get_top_DIE().iter_children():
                if entry.tag != dwarf.VARIABLE:
                    continue
                address = dwarf.static_address(self._info, entry)
                if address is not None:
                    declaration = dwarf.declaration_of(entry)
                    found[address] = dwarf.place_of(self._info, unit, declaration, "decl")
        except dwarf.DAMAGED:
            return {}
        return found

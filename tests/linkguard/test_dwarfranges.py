"""Which unit has code at an address, as .debug_aranges tells."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import Any

import pytest

from linkguard.dwarfranges import UnitRanges


def one_set(unit: int, ranges: list[tuple[int, int]]) -> bytes:
    body = struct.pack("<HIBB4x", 2, unit, 8, 0)
    body += b"".join(struct.pack("<QQ", start, size) for start, size in [*ranges, (0, 0)])
    return struct.pack("<I", len(body)) + body


def ranges_of(data: bytes) -> UnitRanges:
    section = SimpleNamespace(flags=0)
    elf: Any = SimpleNamespace(section_named=lambda _: section, view_of=lambda _: memoryview(data))
    return UnitRanges(elf)


@pytest.mark.parametrize("swapped", [False, True])
def test_units_are_found_by_address_in_any_order(swapped: bool) -> None:
    sets = [one_set(0, [(0x100, 0x10), (0x300, 8)]), one_set(50, [(0x200, 0x20)])]
    found = ranges_of(b"".join(sets[::-1] if swapped else sets))
    at = (0xFF, 0x100, 0x10F, 0x110, 0x21F, 0x220, 0x307)
    assert [found.unit_at(address) for address in at] == [None, 0, 0, None, 50, None, 0]


def test_a_set_without_ranges_takes_nothing_from_the_others() -> None:
    empty = struct.pack("<IHIBB", 8, 2, 7, 8, 0)
    found = ranges_of(one_set(0, [(0x100, 8)]) + empty + one_set(9, [(0x200, 8)]))
    assert (found.unit_at(0x100), found.unit_at(0x200)) == (0, 9)


def test_a_damaged_table_says_nothing() -> None:
    assert ranges_of(one_set(0, [(0x100, 8)])[:-3]).unit_at(0x100) is None
    assert ranges_of(b"").unit_at(0) is None

"""Line tables against addr2line, in objects and images, DWARF 2 to 5."""

from __future__ import annotations

import random
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from linkguard import elf
from linkguard.code import Layout
from linkguard.lines import LineTable
from linkguard.location import Location
from tests.linkguard.toolchains import FIXTURES, HOST, NANO, RISCV, Toolchain, must

CASES = [
    *((NANO, version) for version in (2, 3, 4, 5)),
    (RISCV, 5),
    (RISCV, 4),
    (HOST, 5),
]


@pytest.mark.parametrize(("toolchain", "version"), CASES, ids=lambda v: getattr(v, "name", v))
def test_an_image_has_the_lines_of_addr2line(
    toolchain: Toolchain, version: int, tmp_path: Path
) -> None:
    toolchain.require()
    sources = [FIXTURES / n for n in (*toolchain.startup, "cases/live_table.c")]
    flag = f"-gdwarf-{version}"
    objects = [toolchain.compile(s, tmp_path / f"{s.stem}.o", "-Os", flag) for s in sources]
    image = tmp_path / "a.elf"
    must(*toolchain.link_command(objects, image))
    layout = Layout(elf.read(image))
    lines = LineTable(layout)
    asked = [at for e in layout.entities if e.is_function for at in range(e.start, e.end, 2)]
    output = must(f"{toolchain.binutils}addr2line", "-e", image, *(hex(a) for a in asked[:2000]))
    compared = 0
    for address, text in zip(asked, output.splitlines(), strict=False):
        file, _, line = text.partition(" ")[0].rpartition(":")
        found = lines.at(address)
        if "live_table" in file or "live_table" in found.file:
            expected = int(line) if line.isdigit() else 0
            assert (Path(found.file).name, found.line) == (Path(file).name, expected)
            compared += 1
    assert compared >= 8


def test_an_object_has_lines_before_it_is_linked(tmp_path: Path) -> None:
    for toolchain in (NANO, RISCV, HOST):
        toolchain.require()
        path = toolchain.compile(FIXTURES / "cases" / "call.c", tmp_path / "a.o", "-Os")
        layout = Layout(elf.read(path))
        main = next(e for e in layout.entities if e.name == "main")
        assert LineTable(layout).at(main.start).line == 3


def test_nothing_is_known_without_debug_information(tmp_path: Path) -> None:
    NANO.require()
    path = NANO.compile(FIXTURES / "cases" / "call.c", tmp_path / "a.o", "-Os", "-g0")
    layout = Layout(elf.read(path))
    assert not LineTable(layout).at(layout.entities[0].start)


def test_a_library_path_loses_its_way_up() -> None:
    assert Location("../../libc/a.c", 3).without_up() == Location("libc/a.c", 3)


def test_places_that_set_an_address_are_all_found_whatever_is_between_them() -> None:
    """Against an expression that looks behind each mark: addresses may hold marks themselves."""
    choose = random.Random(5)
    operation = re.compile(rb"\0\x09\x02(?=(.{8}))", re.DOTALL)
    for _ in range(500):
        pieces = (b"\0\x09\x02", b"\0\x09", b"\x02", b"\0", b"abcdefgh", b"\x10\0\0\0\0\0\0\0")
        data = b"".join(choose.choices(pieces, k=choose.randrange(20)))
        layout: Any = SimpleNamespace(elf=SimpleNamespace(is64=True))
        table = LineTable(layout)
        table.__dict__["_programs"] = SimpleNamespace(data=data)
        addresses, order, places = table._starts
        found = [(address, places[n]) for address, n in zip(addresses, order, strict=True)]
        assert found == sorted(
            (int.from_bytes(m[1], "little"), m.start()) for m in operation.finditer(data)
        )

"""ELF tables against readelf's view, and damaged files of every length."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkguard import elf
from linkguard.code import Layout
from linkguard.elf import Elf
from linkguard.errors import LinkguardError
from linkguard.lines import LineTable
from linkguard.references import references
from tests.linkguard.toolchains import FIXTURES, HOST, NANO, RISCV, Toolchain, must


@pytest.fixture(params=[NANO, RISCV, HOST], ids=lambda t: t.name)
def object_file(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Toolchain, Path]:
    toolchain: Toolchain = request.param
    toolchain.require()
    source = FIXTURES / "cases" / "live_table.c"
    return toolchain, toolchain.compile(source, tmp_path / "a.o", "-Os")


def test_symbols_and_relocations_are_those_of_readelf(object_file: tuple[Toolchain, Path]) -> None:
    toolchain, path = object_file
    file = elf.read(path)
    text = must(f"{toolchain.binutils}readelf", "-sW", path)
    rows = [line.split() for line in text.splitlines() if line.strip()[:1].isdigit()]
    expected = [(int(row[1], 16), int(row[2], 0), row[7] if len(row) > 7 else "") for row in rows]
    ours = [
        (s.value, s.size, s.name.strip() or (file.sections[s.section].name if s.type == 3 else ""))
        for s in file.symbols
    ]
    assert ours == expected
    relocations = must(f"{toolchain.binutils}readelf", "-rW", path)
    entries = [line for line in relocations.splitlines() if line[:8].strip() and " R_" in line]
    assert sum(len(list(file.relocations(s))) for s in file.sections) == len(entries)


def test_a_damaged_file_is_an_error_and_never_a_traceback(
    object_file: tuple[Toolchain, Path],
) -> None:
    data = object_file[1].read_bytes()
    for length in range(0, len(data), 7):
        _read_all(data[:length])
    for position in range(0, len(data), 3):
        _read_all(data[:position] + b"\xff" + data[position + 1 :])


def _read_all(data: bytes) -> None:
    try:
        layout = Layout(Elf(data, "damaged.o"))
        references(layout)
        LineTable(layout).at(layout.entities[0].start if layout.entities else 0)
    except LinkguardError as error:
        assert str(error).startswith("damaged.o: error: ")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an ELF file"),
        (b"#!/bin/sh\n", "not an ELF file"),
        (b"\x7fELF", "truncated or damaged ELF header"),
        (b"\x7fELF\x03\x01" + bytes(60), "truncated or damaged ELF header"),
    ],
)
def test_what_is_no_elf_file(data: bytes, message: str) -> None:
    with pytest.raises(LinkguardError, match=message):
        Elf(data, "x")


def test_other_machines_are_named(object_file: tuple[Toolchain, Path]) -> None:
    data = bytearray(object_file[1].read_bytes())
    data[18:20] = (183).to_bytes(2, "little")
    with pytest.raises(LinkguardError, match="code for aarch64 cannot be read"):
        Layout(Elf(bytes(data), "x.o"))

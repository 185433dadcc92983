"""Calls through pointers, by the types that Clang records where it is asked to."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from linkguard import callgraph, elf
from tests.linkguard.conftest import Outcome
from tests.linkguard.toolchains import FIXTURES, HOST, NANO, must, need, run

Run = Callable[..., Outcome]
RECORD = ["-fexperimental-call-graph-section"]
CLANG = os.environ.get("WEIR_CLANG", "clang-22")


def clang_that_records() -> str:
    """A Clang that knows the option, from 22 on; with another there is nothing to test."""
    need(CLANG)
    if run(CLANG, *RECORD, "-fsyntax-only", "-x", "c", "/dev/null").returncode:
        pytest.skip(f"{CLANG} records no call graph")
    return CLANG


def link_firmware(directory: Path, *options: str) -> tuple[Path, Path]:
    """Start-up code by GCC without types, the rest by Clang with them."""
    NANO.require()
    clang = clang_that_records()
    start = NANO.compile(FIXTURES / "start.c", directory / "start.o")
    flags = ("--target=arm-none-eabi", *NANO.flags, "-I/usr/include/newlib")
    arm_clang = replace(NANO, compiler=clang, flags=flags)
    program = arm_clang.compile(FIXTURES / "pointers.c", directory / "p.o", "-Os", *options)
    image, linkmap = directory / "a.elf", directory / "a.map"
    must(*NANO.link_command([start, program], image, "-Wl,-q", f"-Wl,-Map={linkmap}"))
    return image, linkmap


def test_a_chain_names_who_may_call_through_the_pointer(linkguard: Run, tmp_path: Path) -> None:
    image, linkmap = link_firmware(tmp_path, *RECORD)
    outcome = linkguard("explain", image, "--map", linkmap)
    assert "'table' holds the address of 'make'" in outcome.out
    assert "note: 'dispatch' may call 'make' through a pointer of its type, in p.o" in outcome.out
    assert "'speak' may call" not in outcome.out
    assert "calls through pointers in 'reset_handler' have no type on record" in outcome.err
    drawn = linkguard("explain", "--format", "dot", image, "--map", linkmap).out
    assert '"dispatch" -> "make" [label="may-call" style=dashed];' in drawn


def test_without_types_the_call_stays_unresolved(linkguard: Run, tmp_path: Path) -> None:
    image, linkmap = link_firmware(tmp_path)
    outcome = linkguard("explain", image, "--map", linkmap)
    assert "'table' holds the address of 'make'" in outcome.out
    assert "may call" not in outcome.out + outcome.err


def test_a_program_of_the_host(linkguard: Run, tmp_path: Path) -> None:
    clang = clang_that_records()
    host = replace(HOST, compiler=clang)
    program = host.compile(FIXTURES / "pointers.c", tmp_path / "p.o", "-O2", *RECORD)
    command = host.link_command([program], tmp_path / "a.out")
    outcome = linkguard("explain", "--", *command)
    assert "'dispatch' may call 'make' through a pointer of its type" in outcome.out


def record(address: int, type_id: int, direct: int = 0, indirect: tuple[int, ...] = ()) -> bytes:
    flags = 1 | (2 if direct else 0) | (4 if indirect else 0)
    data = struct.pack("<BBIQ", 0, flags, address, type_id)
    if direct:
        data += bytes([direct]) + bytes(4 * direct)
    if indirect:
        data += bytes([len(indirect)]) + struct.pack(f"<{len(indirect)}Q", *indirect)
    return data


@pytest.mark.parametrize("cut", [0, 1, 9, 30])
def test_records_as_far_as_they_go(tmp_path: Path, cut: int) -> None:
    """Stale records of collected functions are passed over; a damaged end costs what follows."""
    NANO.require()
    if not shutil.which("arm-none-eabi-objcopy"):
        pytest.skip("no objcopy")
    start = NANO.compile(FIXTURES / "start.c", tmp_path / "s.o")
    clean = NANO.compile(FIXTURES / "pointers.c", tmp_path / "c.o", "-Os")
    must(*NANO.link_command([start, clean], tmp_path / "a.elf"))
    records = [
        record(0, 7, indirect=(5,)),
        record(0x101, 5, direct=3),
        record(0x201, 6, indirect=(5, 9)),
    ]
    data = b"".join(records)
    (tmp_path / "section").write_bytes(data[: len(data) - cut])
    add = f"--add-section=.llvm.callgraph={tmp_path}/section"
    must("arm-none-eabi-objcopy", add, tmp_path / "a.elf")
    graph = callgraph.read(elf.read(tmp_path / "a.elf"))
    assert graph.is_there and graph.types[0x100] == 5
    assert 0 not in graph.types
    assert graph.may_call(0x100) == ([0x200] if cut == 0 else [])

"""Real images: their chains are those of the golden files, and each direct caller has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.linkguard.bench import images, measure, program
from tests.linkguard.bench.images import Program
from tests.linkguard.toolchains import need

# Those whose source is in the tree; the others are fetched for the bench.
HERE = [p for p in images.programs(Path("none"), Path("none")) if p.name not in ("lua", "sqlite3")]


@pytest.mark.parametrize("made", HERE, ids=lambda p: p.name)
def test_every_direct_caller_of_a_real_image_has_a_chain(made: Program, tmp_path: Path) -> None:
    need(made.compiler, made.objdump)
    if made.name == "cxx-firmware" and not _has_standard_library(made, tmp_path):
        pytest.skip("libstdc++ for Arm is not installed")
    explained = images.explain(made, tmp_path)
    covered, callers = measure.chains_per_direct_caller(explained, made.objdump)
    assert covered == callers
    assert callers or made.name == "picolibc-printf"  # there the allocation is behind a table
    if "bookworm" in Path("/etc/os-release").read_text():  # whose libraries the files are of
        assert images.chains(explained.findings) == (images.GOLDEN / f"{made.name}.txt").read_text()
    if made.libc_has_lines:
        located, hops = images.hops_with_lines(explained.findings)
        assert located / hops >= 0.95


def _has_standard_library(made: Program, directory: Path) -> bool:
    source = directory / "probe.cpp"
    source.write_text("#include <vector>\n")
    command = [made.compiler, *made.flags, "-c", source, "-o", directory / "probe.o"]
    return measure.succeeds(command)


def test_every_image_has_a_golden_file() -> None:
    names = {made.name for made in images.programs(Path("none"), Path("none"))}
    assert {path.stem for path in images.GOLDEN.iterdir()} == names


def test_a_chain_is_written_by_its_hops() -> None:
    path = [
        {"why": "entry", "to": "main"},
        {"why": "call", "from": "main", "to": "malloc", "line": 3},
    ]
    assert images.chains([{"path": path}]) == "main -call-> malloc\n"
    assert images.hops_with_lines([{"path": path}]) == (1, 2)


def test_the_large_program_is_as_large_as_it_says() -> None:
    assert program.OBJECTS * program.FUNCTIONS == 24_000
    text = program.source(7)
    assert text.count("\nint work_7_") - text.count("\nint work_7_0();") >= program.FUNCTIONS
    assert "work_8_39(0, n - 2)" in text
    assert "last(0, n - 1)" in text


def test_instructions_are_those_of_all_processes() -> None:
    need("valgrind")
    one = measure.instructions(["/bin/true"])
    assert one < measure.instructions(["/bin/sh", "-c", "/bin/true; /bin/true"]) - one

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from tests.runtime.bench import build
from tests.runtime.bench.run import output_of, parse

UNIFORM_START = [793, 590, 628, 158, 259, 411]
BIMODAL_START = [80, 32, 60, 6752, 91, 123]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("bench")
    shop = build.Workshop(directory, build.recorded_source(directory))
    system = build.Allocator("glibc", "host_libc.h", build.HOST)
    return build.program(shop, system, "sizes", build.COUNTED)


def sizes(program: Path, trace: str, seed: int = 1, count: int = 4000) -> list[int]:
    lines = parse(output_of([str(program), "sizes", str(seed), str(count), trace]))
    return [int(line.words[0]) for line in lines]


def test_a_trace_is_the_same_every_time(program: Path) -> None:
    assert sizes(program, "uniform64k") == sizes(program, "uniform64k")
    assert sizes(program, "uniform64k") != sizes(program, "uniform64k", seed=2)


def test_a_trace_is_the_same_everywhere(program: Path) -> None:
    """Fixed numbers: a change of the generator changes every figure, and must be seen."""
    assert sizes(program, "uniform64k", count=6) == UNIFORM_START
    assert sizes(program, "bimodal64k", count=6) == BIMODAL_START


def test_uniform_sizes_reach_both_ends(program: Path) -> None:
    drawn = sizes(program, "uniform64k", count=40000)
    assert (min(drawn), max(drawn)) == (16, 1024)
    assert statistics.fmean(drawn) == pytest.approx(520, rel=0.02)


@pytest.mark.parametrize(
    ("trace", "largest"),
    [("bimodal64k", 8 << 10), ("bimodal1m", 16 << 10), ("eighth1m", 128 << 10)],
)
def test_one_in_ten_of_the_bimodal_sizes_is_a_buffer(
    program: Path, trace: str, largest: int
) -> None:
    drawn = sizes(program, trace, count=40000)
    buffers = [size for size in drawn if size > 128]
    assert min(buffers) >= 2048
    assert largest * 0.98 < max(buffers) <= largest
    assert len(buffers) / len(drawn) == pytest.approx(0.1, rel=0.06)
    assert min(drawn) == 16


def test_every_octave_of_the_log_uniform_sizes_is_as_likely(program: Path) -> None:
    drawn = sizes(program, "loguniform64k", count=40000)
    octaves = [size.bit_length() for size in drawn]
    for octave in range(5, 13):
        assert octaves.count(octave) / len(drawn) == pytest.approx(1 / 8, rel=0.1)
    assert 16 <= min(drawn) <= max(drawn) < 4096


def test_an_unknown_trace_is_an_error(program: Path) -> None:
    assert "error uniform65k is no trace" in output_of(
        [str(program), "sizes", "1", "1", "uniform65k"]
    )

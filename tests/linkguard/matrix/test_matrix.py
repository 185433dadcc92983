"""The matrix in the small, whether its judgement can fail, and whether its table is all of it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.linkguard.matrix import build, cases, judge, report, runner, truth
from tests.linkguard.matrix.axes import MODES, PLATFORMS, Combination, combinations, impossibilities
from tests.linkguard.matrix.judge import Cell
from tests.linkguard.toolchains import need

CASES = cases.load()
EVERYWHERE = ("host/bfd/gcc/-O2", "nano/bfd/gcc/-Os")
FEW = ("call", "dead_table", "only_free", "own_same_object", "printf_integer", "own_elsewhere")
ELSEWHERE = (
    "host/lld-*/clang-lto/-O2",
    "nano/bfd/gcc-lto/-Os",
    "nano/lld-*/gcc/-O0",
    "newlib/bfd/gcc/-Os",
    "picolibc/bfd/gcc/-Os",
    "rv32/lld-*/clang-lto/-Os",
    "rv64/bfd/gcc/-O0",
)
BY_NAME = {combination.name: combination for combination in combinations()}


def newest(pattern: str) -> Combination:
    """The combination of a pattern with an LLVM that is here."""
    found = [BY_NAME[pattern.replace("*", llvm)] for llvm in (build.NEWEST, build.OTHER)]
    return next((c for c in found if not build.missing(c)), found[0])


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("matrix")
    runner.write_guards(directory)
    return directory


def cell(case: cases.Case, combination: Combination, shared: Path) -> Cell:
    need(*build.programs(combination))
    platform, mode = combination.platform, combination.mode
    linkers = (combination.linker,)
    found = judge.judge_group(case, platform, mode, combination.optimisation, linkers, shared)
    return found[0]


@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.parametrize("case", [c for c in CASES if c.is_core], ids=lambda c: c.name)
def test_core_cases(case: cases.Case, name: str, shared: Path) -> None:
    found = cell(case, BY_NAME[name], shared)
    assert found.verdict == "right", found


@pytest.mark.parametrize("pattern", ELSEWHERE)
@pytest.mark.parametrize("name", FEW)
def test_few_cases_elsewhere(name: str, pattern: str, shared: Path) -> None:
    case = next(case for case in CASES if case.name == name)
    found = cell(case, newest(pattern), shared)
    assert found.verdict == "right", found


@pytest.mark.parametrize("name", ["own_always_inline", "own_same_object"])
def test_truth_sees_a_body_by_its_marker(name: str, shared: Path, tmp_path: Path) -> None:
    case = next(case for case in CASES if case.name == name)
    combination = BY_NAME["nano/bfd/gcc/-Os"]
    need(*build.programs(combination))
    inputs = build.compile_case(case, combination, "", tmp_path / "objects")
    inputs = [*build.startup(combination.platform, shared), *inputs]
    image = tmp_path / "image.elf"
    assert build.link(combination, inputs, image, False, None).succeeded
    assert truth.MARKER in truth.survivors(image)


def test_a_guard_that_guards_nothing_is_seen(shared: Path, tmp_path: Path) -> None:
    """The judgement can fail: with an empty guard and no verdict, a live call is a miss."""
    (tmp_path / "guard-script").mkdir()
    (tmp_path / "guard-script" / "linkguard.rsp").write_text("")
    case = next(case for case in CASES if case.name == "call")
    found = cell(case, BY_NAME["nano/bfd/gcc/-Os"], tmp_path)
    assert (found.verdict, found.found_by) == ("right", "verify")  # verify is the second layer
    assert found.truth


def test_every_case_says_what_to_expect() -> None:
    counts = Counter(case.expected for case in CASES)
    assert len(CASES) >= 100
    assert min(counts.values()) >= 20
    assert sum(case.is_core for case in CASES) >= 30
    assert sum(case.is_cxx for case in CASES) >= 20


def test_every_axis_value_is_in_a_combination() -> None:
    found = list(combinations())
    assert {c.platform for c in found} == set(PLATFORMS)
    assert {c.mode for c in found} == set(MODES)
    assert {c.linker for c in found} == {"bfd", "lld-19", "lld-22", "mold", "gold"}
    assert {c.optimisation for c in found} == {"-O0", "-O2", "-Os"}
    assert all(reason for reason in impossibilities())


def test_the_table_in_the_readme_is_of_this_matrix() -> None:
    """Its rows and columns are those of the axes, and nothing that counts was missed."""
    shown = report.TABLE.search(report.README.read_text())
    assert shown
    made = report.Report.of([], {})

    def shape(text: str) -> list[str]:
        rows = [line for line in text.splitlines() if line.startswith("|")]
        return [re.sub(r"\d+\+\d+/\d+( \([^)]*\))?", "#", row) for row in rows]

    assert shape(shown[2]) == shape(made.table())
    assert ": 0 missed, 0 false alarms" in shown[2]
    text = report.README.read_text()
    assert f"links {len(CASES)} small programs" in text
    assert f"{sum(case.is_core for case in CASES)} of them run in every combination" in text


def test_the_report_counts_and_names_what_went_wrong() -> None:
    made = report.Report.of(
        [
            Cell("a", "host/bfd/gcc/-O2", "right", ("malloc",), "linker"),
            Cell("b", "host/bfd/gcc/-O2", "miss", ("malloc",)),
            Cell("c", "host/bfd/gcc/-O2", "false alarm", (), "verify"),
            Cell("d", "host/bfd/gcc/-O2", "right", bytes="same"),
            Cell("e", "host/gold/gcc/-O2", "miss", ("malloc",)),
        ],
        {},
    )
    metrics = made.metrics()
    assert metrics["matrix.cases"] == 4
    assert (metrics["matrix.misses"], metrics["matrix.false_alarms"]) == (1, 1)
    assert metrics["matrix.gold.misses"] == 1
    assert metrics["matrix.flash_identical"] == metrics["matrix.passing"] == 1
    assert not made.is_clean
    assert "miss: b host/bfd/gcc/-O2" in made.text()
    assert "| 1+1/4 (1 miss, 1 false alarm) |" in made.table()

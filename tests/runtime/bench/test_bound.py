from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.runtime.bench import build, metrics
from tests.runtime.bench.run import emulate

HEADER = build.ROOT / "runtime/include/weir/heap.h"


def stated() -> dict[str, int]:
    """What the header promises, in instructions."""
    text = re.sub(r"\s+\*\s+", " ", HEADER.read_text())
    found = re.search(
        r"takes at most (\d+) instructions \((\d+) when .*?\), the drain of one block "
        r"at most (\d+)",
        text,
    )
    assert found is not None
    return dict(zip(("alloc", "aligned", "free"), map(int, found.groups()), strict=True))


def run(directory: Path, parts: tuple[str, ...], kind: str) -> dict[str, int]:
    shop = build.Workshop(directory, build.recorded_source(directory))
    program = build.program(shop, build.weir(build.M4), kind, parts)
    return metrics.named(emulate(program, exact=True), kind)


@pytest.fixture(scope="module")
def most(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    return run(tmp_path_factory.mktemp("bound"), build.BOUND, "bound")


@pytest.mark.parametrize("operation", ["alloc", "aligned", "free"])
def test_no_operation_takes_longer_than_the_header_says(
    most: dict[str, int], operation: str
) -> None:
    assert most[operation] <= stated()[operation]


@pytest.mark.parametrize("operation", ["alloc", "aligned", "free"])
def test_the_header_does_not_say_far_too_much(most: dict[str, int], operation: str) -> None:
    assert most[operation] >= stated()[operation] * 0.8


def test_every_mistake_is_noticed_on_the_target(tmp_path: Path) -> None:
    """The program fails by itself when one is not."""
    assert len(run(tmp_path, build.DETECT, "detect")) == 7

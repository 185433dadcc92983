"""Spin explores every interleaving of the models of runtime/src, and of each model's faulty twins.

A model that holds is worth something only beside twins that do not: a fault is chosen by a define,
and Spin must find a counterexample for it.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

MODELS = Path(__file__).parent

# A counterexample comes within fractions of a second, all interleavings within a few.
SECONDS = 300


@dataclass(frozen=True)
class Verdict:
    violated: str | None
    complete: bool


def explore(model: str, defines: tuple[str, ...], directory: Path) -> Verdict:
    source = MODELS / f"{model}.pml"
    flags = [f"-D{define}" for define in defines]
    compiler = os.environ.get("CC", "cc")
    for command in (
        ["spin", *flags, "-a", str(source)],
        [compiler, "-O0", "-w", "-DSAFETY", "-DMEMLIM=2048", "-o", "pan", "pan.c"],
    ):
        subprocess.run(command, cwd=directory, check=True, capture_output=True, timeout=SECONDS)
    run = subprocess.run(
        [str(directory / "pan"), "-m100000", "-w22"],
        cwd=directory,
        check=True,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    found = re.search(r"^pan:1: (.*) \(at depth", run.stdout, re.MULTILINE)
    errors = re.search(r"errors: (\d+)", run.stdout)
    assert errors is not None, run.stdout
    assert (found is None) == (errors[1] == "0"), run.stdout
    truncated = "max search depth too small" in run.stdout or "MEMLIM" in run.stdout
    return Verdict(found[1] if found else None, not truncated)


SOUND: list[tuple[str, tuple[str, ...]]] = [
    ("deferred", ()),
    ("deferred", ("MASKED",)),
    ("waiting", ("BYPASS=0",)),
    ("waiting", ("BYPASS=1",)),
    ("waiting", ("BYPASS=2",)),
    ("executor", ()),
    ("executor", ("THREADS",)),
    ("executor", ("LOOK_OUTSIDE",)),
    ("executor", ("THREADS", "LOOK_OUTSIDE")),
    ("executor", ("NOT_STICKY",)),
    ("executor", ("THREADS", "NOT_STICKY")),
]

# What is violated: a part of the assertion, as Spin prints it.
FAULTY: list[tuple[str, tuple[str, ...], str]] = [
    ("deferred", ("PLAIN_PUSH",), "state[taken]"),
    ("deferred", ("PLAIN_TAKE",), "sure"),
    ("deferred", ("LINK_LATE",), "sure"),
    ("deferred", ("MASKED", "UNMASKED"), "sure"),
    ("deferred", ("DROP_BACKLOG",), "sure"),
    ("deferred", ("STOP_EARLY",), "sure"),
    ("waiting", ("NO_REDRAIN",), ""),
    ("waiting", ("FLAG_LATE",), ""),
    ("waiting", ("LOOK_FIRST",), "place"),
    ("waiting", ("KEEPER_ONCE",), "place"),
    ("waiting", ("CLEAR_LATE",), "place"),
    ("waiting", ("LEAK",), "free_units"),
    ("waiting", ("NO_SERVE",), "granted"),
    ("waiting", ("FORGET",), "waiting"),
    ("waiting", ("BARGE",), "overtaken"),
    ("waiting", ("FREE_RIDE",), "overtaken"),
    ("waiting", ("WAKE_FIRST",), "place"),
    ("executor", ("SLEEP_OUTSIDE",), "seen"),
    ("executor", ("NO_RERUN",), "seen"),
    ("executor", ("THREADS", "NO_RERUN"), "seen"),
    ("executor", ("UNMASKED",), ""),
    ("executor", ("THREADS", "UNMASKED"), ""),
    ("executor", ("NO_ARM",), "expired"),
    ("executor", ("THREADS", "NO_ARM"), "expired"),
    ("executor", ("THREADS", "NO_PORT_WAKE"), "seen"),
    ("executor", ("LOOK_OUTSIDE", "NOT_STICKY", "NO_PORT_WAKE"), "seen"),
    ("executor", ("THREADS", "LOOK_OUTSIDE", "NOT_STICKY"), "seen"),
]


def label(model: str, defines: tuple[str, ...]) -> str:
    return "-".join((model, *defines))


@pytest.mark.parametrize(("model", "defines"), SOUND, ids=[label(*case) for case in SOUND])
def test_model_holds(model: str, defines: tuple[str, ...], tmp_path: Path) -> None:
    assert explore(model, defines, tmp_path) == Verdict(None, True)


@pytest.mark.parametrize(
    ("model", "defines", "violated"), FAULTY, ids=[label(*case[:2]) for case in FAULTY]
)
def test_fault_is_found(
    model: str, defines: tuple[str, ...], violated: str, tmp_path: Path
) -> None:
    verdict = explore(model, defines, tmp_path)
    assert verdict.violated is not None
    assert verdict.violated.startswith("assertion violated")
    assert violated in verdict.violated

"""How long weir-check takes for a large program, and linkguard for a C library."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .compiling import BenchError

FUNCTIONS, CALLS = 1_000_000, 8
ROUNDS = 3


@dataclass(frozen=True)
class Cost:
    seconds: float  # of the clock
    cpu_seconds: float
    rss_mb: float


def cost(command: Sequence[str | Path], statuses: Sequence[int] = (0,)) -> Cost:
    words = list(map(str, command))
    start = time.monotonic()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in statuses:
        raise BenchError(f"'{' '.join(words)}' ended with {process.returncode}")
    elapsed = time.monotonic() - start
    return Cost(elapsed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def solve(checker: Path, directory: Path) -> dict[str, float]:
    """A program of a million functions; the best of some rounds, since others use the machine."""
    facts = directory / "synthetic.facts"
    directory.mkdir(parents=True, exist_ok=True)
    cost([checker / "tests/checker/weir_synthetic_program", facts, str(FUNCTIONS), str(CALLS)])
    rounds = [cost([checker / "checker/solver/weir-check", facts], (0, 1)) for _ in range(ROUNDS)]
    facts.unlink()
    prefix = "solve.1m_functions_8m_edges"
    return {
        f"{prefix}.seconds": min(c.seconds for c in rounds),
        f"{prefix}.cpu_seconds": min(c.cpu_seconds for c in rounds),
        f"{prefix}.rss_mb": max(c.rss_mb for c in rounds),
    }


def newlib() -> Path:
    question = ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-print-file-name=libc.a"]
    done = subprocess.run(question, capture_output=True, text=True, check=True)
    return Path(done.stdout.strip()).resolve()


def summarize(directory: Path) -> dict[str, float]:
    """The command as a user gives it, Python's own start included."""
    cache, output = directory / "cache", directory / "newlib.facts"
    library = newlib()
    command: list[str | Path] = [sys.executable, "-m", "linkguard", "summarize", library]
    command += ["--output", output, "--cache", cache]
    found: dict[str, list[float]] = {"cold": [], "cached": []}
    for _ in range(ROUNDS):
        shutil.rmtree(cache, ignore_errors=True)
        for seconds in found.values():
            seconds.append(cost(command).seconds)
    return {f"summarize.newlib.seconds.{kind}": min(seconds) for kind, seconds in found.items()}

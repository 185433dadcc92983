"""What the plugin costs a compile: instructions, bytes of the object; and is the code the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import exp, log
from pathlib import Path

from tests.checker.plugin.elfsame import differences

from .compiling import Compiler, instructions
from .units import Unit

LEVELS = ("O2", "O0")


def geometric_mean(values: Sequence[float]) -> float:
    return exp(sum(map(log, values)) / len(values))


def measure_one(compiler: Compiler, unit: Unit, level: str, directory: Path) -> dict[str, float]:
    """The ratios of one unit at one level, and 1 under `different` if its code changed."""
    directory.mkdir(parents=True, exist_ok=True)
    plain, built = directory / "plain.o", directory / "built.o"
    count = directory / "count.txt"
    before = instructions(compiler.command(unit, f"-{level}", plain, plugin=False), count)
    after = instructions(compiler.command(unit, f"-{level}", built, plugin=True), count)
    return {
        f"overhead.{level}.{unit.name}": after / before,
        f"size.{level}.{unit.name}": built.stat().st_size / plain.stat().st_size,
        f"different.{level}.{unit.name}": float(bool(differences(plain, built))),
    }


def means(each: dict[str, float], corpora: Sequence[str]) -> dict[str, float]:
    """The metrics of all units; `overhead.O2` and `.O0` are the means of the units of corpora."""
    found = {name: value for name, value in each.items() if not name.startswith("different.")}
    for level in LEVELS:
        values = [
            each[f"overhead.{level}.{name}"]
            for name in corpora
            if f"overhead.{level}.{name}" in each
        ]
        if values:
            found[f"overhead.{level}"] = geometric_mean(values)
    found["code.compiles"] = len([name for name in each if name.startswith("different.")])
    found["code.different"] = sum(v for name, v in each.items() if name.startswith("different."))
    return found


def measure(
    compiler: Compiler, units: Sequence[Unit], directory: Path, say: Callable[[str], None]
) -> dict[str, float]:
    each: dict[str, float] = {}

    def one(task: tuple[Unit, str]) -> dict[str, float]:
        unit, level = task
        result = measure_one(compiler, unit, level, directory / unit.name / level)
        say(f"{unit.name} -{level}: {result[f'overhead.{level}.{unit.name}']:.4f}")
        return result

    tasks = [(unit, level) for unit in reversed(units) for level in LEVELS]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(one, tasks):
            each.update(result)
    return means(each, [unit.name for unit in units if unit.corpus])

"""Compiles of one unit, without and with the plugin, and what they cost."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .units import Unit

CACHEGRIND = (
    "valgrind",
    "--tool=cachegrind",
    "--cache-sim=no",
    "--cachegrind-out-file=/dev/null",
    "--log-file=",
)
INSTRUCTIONS = re.compile(r"I\s+refs:\s+([\d,]+)")


class BenchError(Exception):
    """Something could not be measured."""


@dataclass(frozen=True)
class Compiler:
    """The clang and the plugin under measurement."""

    clang: str
    plugin: Path

    def command(self, unit: Unit, level: str, output: Path, *, plugin: bool) -> list[str]:
        load = [f"-fplugin={self.plugin}", f"-fpass-plugin={self.plugin}"] if plugin else []
        return [
            *(self.clang, *load, "-w", level, *unit.flags),
            *("-c", str(unit.source), "-o", str(output)),
        ]


def run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise BenchError(f"'{' '.join(command)}' failed: {said[-1]}")


def instructions(command: Sequence[str], log: Path) -> int:
    """Instructions that a command executes in user mode, counted by Valgrind."""
    *head, log_option = CACHEGRIND
    run([*head, log_option + str(log), *command])
    found = INSTRUCTIONS.search(log.read_text())
    if not found:
        raise BenchError(f"{log}: Valgrind wrote no count")
    return int(found[1].replace(",", ""))

"""Runs the bench's programs and reads what they write."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

QEMU = ("qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor", "none")
EXACT_CLOCK = ("-icount", "shift=7")
TIMEOUT_SECONDS = 900


class RunError(Exception):
    """A program of the bench did not come to its end."""


@dataclass(frozen=True)
class Line:
    """One result: its first word, and the rest."""

    kind: str
    words: tuple[str, ...]


def emulator_command(program: Path, arguments: Sequence[str], *, exact: bool) -> list[str]:
    words = ",".join(f"arg={word}" for word in (program.name, *arguments))
    semihosting = f"enable=on,target=native,{words}"
    clock = EXACT_CLOCK if exact else ()
    options = ("-serial", "null", *clock, "-semihosting-config", semihosting)
    return [*QEMU, *options, "-kernel", str(program)]


def parse(text: str) -> list[Line]:
    """The lines of a program that reached its end; RunError for one that did not."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if not lines or lines[-1] != ["done"]:
        raise RunError(text.strip().splitlines()[-1] if text.strip() else "it wrote nothing")
    return [Line(words[0], tuple(words[1:])) for words in lines[:-1]]


def output_of(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise RunError(f"{command[-1]}: not done after {TIMEOUT_SECONDS} seconds") from error
    return done.stdout


def emulate(program: Path, *arguments: str, exact: bool = False) -> list[Line]:
    """Run on the emulated Cortex-M4; `exact` for what counts instructions, slower otherwise."""
    try:
        return parse(output_of(emulator_command(program, arguments, exact=exact)))
    except RunError as error:
        raise RunError(f"{program.name} {' '.join(arguments)}: {error}") from None

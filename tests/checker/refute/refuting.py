"""Judging programs with `--refute`."""

import os
import re

from building import Build
from checking import Result

CLANG = os.environ.get("WEIR_CLANG", "clang")
MACHINES = {
    "host": [CLANG],
    "arm": [CLANG, "--target=arm-none-eabi", "-mcpu=cortex-m3", "-mthumb"],
    "riscv": [CLANG, "--target=riscv32-unknown-elf", "-march=rv32imac", "-mabi=ilp32"],
}
POLICY = '[ban]\nfunctions = ["malloc"]\n[roots]\nfunctions = ["gone_*", "stays_*"]\n'
DECLARED = """typedef __SIZE_TYPE__ size_t;
void *malloc(size_t);
void free(void *);
void outside(void *);
"""


def refute(build: Build, *options: str, policy: str = POLICY) -> Result:
    build.checker.write("weir.toml", policy)
    return build.check("--policy", "weir.toml", "--refute", "build", *options)


def roots(text: str) -> set[str]:
    """The functions of the program that are roots."""
    return set(re.findall(r"\b((?:gone|stays)_\w+)\(", text))


def found(result: Result) -> set[str]:
    """The roots of all findings, proven or not."""
    said = re.compile(r"'(\w+)(?:\(.*\))?' (?:reaches|may reach) banned function 'malloc'")
    return {match[1] for line in result.errors if (match := said.search(line))}


def assert_told_apart(result: Result, text: str) -> None:
    assert result.status == 1, result.err
    assert found(result) == {root for root in roots(text) if root.startswith("stays_")}
    refuted = set(re.findall(r"^weir-check: refuted: '(\w+)", result.err, re.MULTILINE))
    assert refuted == {root for root in roots(text) if root.startswith("gone_")}

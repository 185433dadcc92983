"""The promise, case by case: the guard and verify together find exactly what survives.

The truth comes from the same link without the guard, read by nm: a banned name is in it or not.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from linkguard import elf, policy, verification
from tests.linkguard.toolchains import (
    ARM_LLD,
    FIXTURES,
    HOST,
    HOST_LLD,
    NANO,
    NEWLIB,
    PICOLIBC,
    RISCV,
    Toolchain,
    run,
)

CASES = sorted(path.stem for path in (FIXTURES / "cases").glob("*.c"))
# Where the library or the linker is what differs, the cases that depend on them.
FEW = ("call", "clean", "dead_table", "live_table", "only_free", "own_same_object", "printf_integer")
COMBINATIONS = [
    *((NANO, "-Os", case) for case in CASES),
    *((NANO, "-O0", case) for case in CASES),
    *((HOST, "-O2", case) for case in CASES),
    *((NEWLIB, "-Os", case) for case in FEW),
    *((PICOLIBC, "-Os", case) for case in FEW),
    *((RISCV, "-Os", case) for case in FEW),
    *((HOST_LLD, "-O2", case) for case in FEW),
    *((ARM_LLD, "-Os", case) for case in FEW),
    *((NANO, "-Os -flto", case) for case in FEW),
]
# Nothing of malloc is called here, yet a library without function sections keeps it with free.
SURVIVES = {"call", "live_table", "own_same_object"}
COLLECTED = {"clean", "dead_table"}


def build(
    toolchain: Toolchain, options: str, case: str, directory: Path
) -> tuple[list[Path], tuple[str, ...]]:
    sources = [FIXTURES / name for name in toolchain.startup]
    sources.append(FIXTURES / "cases" / f"{case}.c")
    flags = options.split()
    optimise, *link = flags
    *startup, last = [(source, directory / f"{source.stem}.o") for source in sources]
    objects = [toolchain.compile(source, output, optimise) for source, output in startup]
    objects.append(toolchain.compile(*last, *flags))
    return objects, tuple(link)


def guard_options(toolchain: Toolchain, guards: dict[bool, Path]) -> str:
    guard = guards[toolchain.is_bare_metal]
    if toolchain.compiler.startswith("clang"):
        return f"--config={guard}/linkguard.cfg"
    return f"--specs={guard}/linkguard.specs"


@pytest.mark.parametrize(
    ("toolchain", "options", "case"),
    COMBINATIONS,
    ids=[f"{t.name}{o.replace(' ', '')}-{c}" for t, o, c in COMBINATIONS],
)
def test_finds_what_survives(
    toolchain: Toolchain, options: str, case: str, tmp_path: Path, guards: dict[bool, Path]
) -> None:
    toolchain.require()
    objects, extra = build(toolchain, options, case, tmp_path)
    plain, guarded = tmp_path / "plain.elf", tmp_path / "guarded.elf"
    result = run(*toolchain.link_command(objects, plain, *extra))
    assert result.returncode == 0, result.stderr
    rules = policy.load(None)
    truth = {name for _, name in toolchain.names(plain) if name.split(".")[0] in rules.ban.exact}
    if case in SURVIVES | COLLECTED:
        assert bool(truth) == (case in SURVIVES)

    command = toolchain.link_command(objects, guarded, *extra, guard_options(toolchain, guards))
    result = run(*command)
    if result.returncode:
        assert "__wrap_" in result.stderr or "discarded section" in result.stderr, result.stderr
        assert truth, f"a false alarm of the guard: {result.stderr}"
        return
    findings = verification.verify(elf.read(guarded), rules).findings
    assert bool(findings) == bool(truth), findings
    if not truth:
        flash = [toolchain.flash(image, tmp_path / "flash.bin") for image in (plain, guarded)]
        assert flash[0] == flash[1]


def test_the_cases_are_many_and_of_both_kinds() -> None:
    assert len(CASES) >= 23
    assert set(FEW) <= set(CASES)

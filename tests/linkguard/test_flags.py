"""The guard's files, and that every way of giving them to a compiler works."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.linkguard.conftest import Outcome
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

Run = Callable[..., Outcome]


def link(toolchain: Toolchain, directory: Path, case: str, *extra: str) -> tuple[int, str]:
    toolchain.require()
    sources = [FIXTURES / s for s in toolchain.startup] + [FIXTURES / "cases" / f"{case}.c"]
    objects = [toolchain.compile(s, directory / f"{s.stem}.o", "-Os") for s in sources]
    result = run(*toolchain.link_command(objects, directory / "a.elf", *extra))
    return result.returncode, result.stderr


WAYS = [
    (NANO, "@{}/linkguard.rsp"),
    (NANO, "--specs={}/linkguard.specs"),
    (NEWLIB, "--specs={}/linkguard.specs"),
    (PICOLIBC, "--specs={}/linkguard.specs"),
    (RISCV, "--specs={}/linkguard.specs"),
    (HOST, "@{}/linkguard.rsp"),
    (HOST, "--specs={}/linkguard.specs"),
    (HOST_LLD, "@{}/linkguard.rsp"),
    (HOST_LLD, "--config={}/linkguard.cfg"),
]


@pytest.mark.parametrize(("toolchain", "way"), WAYS, ids=[f"{t.name}-{w[:5]}" for t, w in WAYS])
def test_every_way_into_a_link(toolchain: Toolchain, way: str, tmp_path: Path, guard: Path) -> None:
    option = way.format(guard)
    status, words = link(toolchain, tmp_path, "call", option)
    assert status != 0 and "__wrap_malloc" in words
    assert link(toolchain, tmp_path, "clean", option)[0] == 0


def test_the_script_closes_what_wrap_leaves_open(tmp_path: Path, guards: dict[bool, Path]) -> None:
    """An allocator in its caller's own object: GNU ld renames no reference to it."""
    for script, directory in guards.items():
        status, words = link(NANO, tmp_path, "own_same_object", f"@{directory}/linkguard.rsp")
        assert (status != 0) == script
        assert ("discarded section" in words) == script


def test_gold_takes_the_flags_without_a_script(tmp_path: Path, guards: dict[bool, Path]) -> None:
    if shutil.which("ld.gold") is None:
        pytest.skip("gold is not installed: newer systems have none")
    # gold renames the references of shared libraries too, and must be told to let them be
    options = ("-fuse-ld=gold", "-Wl,--allow-shlib-undefined", f"@{guards[False]}/linkguard.rsp")
    assert link(HOST, tmp_path, "call", *options)[0] != 0
    assert link(HOST, tmp_path, "clean", *options)[0] == 0


def test_the_same_policy_gives_the_same_files(linkguard: Run, tmp_path: Path) -> None:
    texts = []
    for _ in range(2):
        assert linkguard("flags", "--output", tmp_path / "g").status == 0
        texts.append({p.name: p.read_text() for p in (tmp_path / "g").iterdir()})
    assert texts[0] == texts[1]
    assert set(texts[0]) == {"linkguard.rsp", "linkguard.ld", "linkguard.specs", "linkguard.cfg"}


def test_files_that_say_the_same_stay_untouched(linkguard: Run, tmp_path: Path) -> None:
    """Links depend on them: each configuration of a build would link everything anew."""
    rules, guard = tmp_path / "weir.toml", tmp_path / "guard"
    rules.write_text("")
    times = []
    for text in ("", "", "[ban]\nfunctions = ['panic']\n"):
        rules.write_text(text)
        assert linkguard("flags", "--policy", rules, "-o", guard).status == 0
        times.append((guard / "linkguard.rsp").stat().st_mtime_ns)
    assert times[0] == times[1] < times[2]
    assert "--wrap=panic" in (guard / "linkguard.rsp").read_text()


def test_a_glob_is_expanded_or_said_to_be_none(linkguard: Run, tmp_path: Path) -> None:
    rules = tmp_path / "weir.toml"
    rules.write_text('[ban]\npresets = []\nfunctions = ["my_*"]\n')
    outcome = linkguard("flags", "--policy", rules, "--output", tmp_path)
    assert "'my_*' is a glob, which no --wrap can name" in outcome.err
    assert "--wrap" not in (tmp_path / "linkguard.rsp").read_text()
    assert "*(.text.my_* .text.my_*.*)" in (tmp_path / "linkguard.ld").read_text()
    HOST.require()
    object_file = HOST.compile(FIXTURES / "cases" / "near_names.c", tmp_path / "n.o")
    outcome = linkguard("flags", "--policy", rules, "--output", tmp_path, object_file)
    assert outcome.err == ""
    assert "-Wl,--wrap=my_malloc\n" in (tmp_path / "linkguard.rsp").read_text()


def test_exceptions_leave_the_linker_nothing_to_refuse(linkguard: Run, tmp_path: Path) -> None:
    rules = tmp_path / "weir.toml"
    rules.write_text('[init]\nfunctions = ["boot"]\n')
    outcome = linkguard("flags", "--policy", rules, "--output", tmp_path)
    assert "verify and explain decide" in outcome.err
    assert (tmp_path / "linkguard.rsp").read_text() == "-Wl,--gc-sections\n"


SCRIPT_CASES = [
    (NANO, "own_same_object", False),
    (NANO, "live_table", False),
    (NANO, "printf_integer", False),
    (NANO, "dead_table", True),
    (ARM_LLD, "call", False),
    (ARM_LLD, "clean", True),
]


@pytest.mark.parametrize(
    ("toolchain", "case", "passes"), SCRIPT_CASES, ids=[f"{t.name}-{c}" for t, c, _ in SCRIPT_CASES]
)
def test_one_script_alone_is_a_guard(
    linkguard: Run, tmp_path: Path, toolchain: Toolchain, case: str, passes: bool
) -> None:
    """A build that takes its linker script and no option: the script includes ours."""
    outcome = linkguard("flags", "--script-only", "-o", tmp_path)
    assert outcome.status == 0 and f"INCLUDE {tmp_path}/linkguard-sections.ld" in outcome.out
    assert {p.name for p in tmp_path.iterdir()} == {"linkguard.ld", "linkguard-sections.ld"}
    plain = (FIXTURES / "flash.ld").read_text()
    include = f"SECTIONS\n{{\n  INCLUDE {tmp_path}/linkguard-sections.ld\n"
    assert plain.count("SECTIONS\n{\n") == 1
    script = tmp_path / "own.ld"
    script.write_text(plain.replace("SECTIONS\n{\n", include))
    words = tuple(w.replace(str(FIXTURES / "flash.ld"), str(script)) for w in toolchain.link)
    guarded = replace(toolchain, link=words)
    status, said = link(guarded, tmp_path, case)
    assert (status == 0) == passes, said
    if not passes:
        assert "discarded section" in said
        return
    flash = guarded.flash(tmp_path / "a.elf", tmp_path / "guarded.bin")
    assert link(toolchain, tmp_path, case)[0] == 0
    assert toolchain.flash(tmp_path / "a.elf", tmp_path / "plain.bin") == flash


def test_a_script_cannot_keep_exceptions(linkguard: Run, tmp_path: Path) -> None:
    rules = tmp_path / "weir.toml"
    rules.write_text('[init]\nfunctions = ["boot"]\n')
    directory = tmp_path / "out"
    outcome = linkguard("flags", "--script-only", "--policy", rules, "-o", directory)
    assert outcome.status == 2 and "this policy lets some through: use the flags" in outcome.err
    assert not directory.exists()


def test_another_code_section(linkguard: Run, tmp_path: Path) -> None:
    assert linkguard("flags", "-o", tmp_path, "--code-section", ".flash.text").status == 0
    assert "INSERT BEFORE .flash.text;" in (tmp_path / "linkguard.ld").read_text()
    outcome = linkguard("flags", "-o", tmp_path, "--code-section", "a b")
    assert outcome.status == 2 and "not a section's name" in outcome.err

"""Prebuilt objects past the guard: one object, for a reason that everybody reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.linkguard.conftest import Outcome
from tests.linkguard.toolchains import FIXTURES, HOST, NANO, PICOLIBC, RISCV, Toolchain, must, run

Run = Callable[..., Outcome]
VENDOR = "#include <stdlib.h>\nvoid *volatile v;\nvoid vendor(void) { v = malloc(8); }\n"
MAIN = "void vendor(void);\nint main(void) { vendor(); return 0; }\n"
OURS = "#include <stdlib.h>\nvoid *volatile o;\nvoid ours(void) { o = malloc(8); }\n"
REASON = "pool of the radio, taken once"


def compile_text(toolchain: Toolchain, directory: Path, name: str, text: str) -> Path:
    source = directory / f"{name}.c"
    source.write_text(text)
    return toolchain.compile(source, directory / f"{name}.o", "-Os")


def objects_of(toolchain: Toolchain, directory: Path, main: str = MAIN) -> list[Path]:
    toolchain.require()
    startup = [
        toolchain.compile(FIXTURES / name, directory / f"{name}.o") for name in toolchain.startup
    ]
    return [*startup, compile_text(toolchain, directory, "main", main)]


WAYS = [(PICOLIBC, False), (RISCV, False), (HOST, True)]


@pytest.mark.parametrize(("toolchain", "archived"), WAYS, ids=[t.name for t, _ in WAYS])
def test_the_exempted_object_passes_and_nobody_else(
    toolchain: Toolchain,
    archived: bool,
    linkguard: Run,
    tmp_path: Path,
    guards: dict[bool, Path],
    shim: Path,
) -> None:
    objects = objects_of(toolchain, tmp_path)
    vendor = compile_text(toolchain, tmp_path, "vendor", VENDOR)
    if archived:
        library = tmp_path / "libvendor.a"
        must(f"{toolchain.binutils}ar", "rcs", library, vendor)
        vendor = library
    exempted = tmp_path / f"exempted{vendor.suffix}"
    image = tmp_path / "a.elf"
    options = (f"@{guards[False]}/linkguard.rsp", f"-B{shim}")

    refused = run(*toolchain.link_command([*objects, vendor], image, *options))
    assert refused.returncode != 0 and "called by 'vendor'" in refused.stdout

    done = linkguard("exempt", vendor, "--out", exempted, "--reason", REASON)
    assert (done.status, done.out) == (0, f"{exempted}: 'malloc' is now '__real_malloc'\n")
    must(*toolchain.link_command([*objects, exempted], image, *options))

    verified = linkguard("verify", image)
    assert verified.status == 1 and "[weir-unproven]" in verified.out
    said = f"'{exempted.name}' is exempted from the ban of 'malloc': {REASON}"
    assert said in verified.err
    more = ("-Wl,--emit-relocs", f"-Wl,-Map={tmp_path}/a.map")
    must(*toolchain.link_command([*objects, exempted], image, *options, *more))
    verified = linkguard("verify", image, "--map", tmp_path / "a.map")
    assert (verified.status, verified.out) == (0, "") and said in verified.err
    explained = linkguard("explain", image, "--map", tmp_path / "a.map")
    assert (explained.status, explained.out) == (0, "") and said in explained.err

    ours = compile_text(toolchain, tmp_path, "ours", OURS)
    main = compile_text(
        toolchain, tmp_path, "both", MAIN.replace("{ ", "{ extern void ours(void); ours(); ")
    )
    both = [*objects[:-1], main, ours, exempted]
    refused = run(*toolchain.link_command(both, tmp_path / "b.elf", *options))
    assert refused.returncode != 0
    assert "called by 'ours'" in refused.stdout and "called by 'vendor'" not in refused.stdout


def test_an_exempted_object_on_newlib_goes_through_the_gate(
    linkguard: Run, tmp_path: Path, guards: dict[bool, Path], shim: Path
) -> None:
    objects = objects_of(NANO, tmp_path)
    vendor = compile_text(NANO, tmp_path, "vendor", VENDOR)
    exempted, image = tmp_path / "exempted.o", tmp_path / "a.elf"
    options = (f"@{guards[False]}/linkguard.rsp", f"-B{shim}")
    assert linkguard("exempt", vendor, "-o", exempted, "--reason", REASON).status == 0
    refused = run(*NANO.link_command([*objects, exempted], image, *options))
    assert refused.returncode != 0 and not image.exists()
    assert "refused '_malloc_r', which only the allocator itself" in refused.stderr

    rules = tmp_path / "weir.toml"
    rules.write_text('[[allow]]\ncaller = "*alloc_at_init"\ncallee = "*malloc*"\nreason = "r"\n')
    for command in ("flags", "shim"):
        assert linkguard(command, "--policy", rules, "-o", tmp_path / command).status == 0
    arguments = ("exempt", vendor, "--gate", "-o", exempted, "--reason", REASON)
    assert "'malloc' is now 'malloc_at_init'" in linkguard(*arguments).out
    gate = NANO.compile(tmp_path / "flags" / "linkguard_gate.c", tmp_path / "gate.o", "-Os")
    options = (f"@{tmp_path}/flags/linkguard.rsp", f"-B{tmp_path}/shim")
    must(*NANO.link_command([*objects, exempted, gate], image, *options))
    verified = linkguard("verify", "--policy", rules, image)
    assert f"'exempted.o' is sent through the gate for 'malloc': {REASON}" in verified.err


def test_the_script_is_left_out_for_an_exempted_input(linkguard: Run, tmp_path: Path) -> None:
    HOST.require()
    vendor = compile_text(HOST, tmp_path, "vendor", VENDOR)
    exempted = tmp_path / "exempted.o"
    assert linkguard("exempt", vendor, "-o", exempted, "--reason", REASON).status == 0
    for given, script in ((vendor, True), (exempted, False)):
        directory = tmp_path / str(script)
        assert linkguard("flags", given, "-o", directory).status == 0
        assert (directory / "linkguard.ld").exists() == script


def test_exempting_twice_keeps_both_records(linkguard: Run, tmp_path: Path) -> None:
    HOST.require()
    text = VENDOR.replace("malloc(8)", "calloc(1, 8); v = malloc(8)").replace("= 8", "= 9")
    vendor = compile_text(HOST, tmp_path, "vendor", text)
    first, second = tmp_path / "first.o", tmp_path / "second.o"
    rules = tmp_path / "weir.toml"
    rules.write_text('[ban]\npresets = []\nfunctions = ["calloc"]\n')
    arguments = ("--reason", REASON)
    done = linkguard("exempt", "--policy", rules, vendor, "-o", first, *arguments)
    assert done.status == 0
    assert linkguard("exempt", first, "-o", second, *arguments).status == 0
    section = tmp_path / "section"
    must("objcopy", f"--dump-section=.linkguard.exempt={section}", second, tmp_path / "x.o")
    records = [json.loads(line) for line in section.read_text().splitlines()]
    assert [record["functions"] for record in records] == [["calloc"], ["malloc"]]
    assert {record["file"] for record in records} == {"second.o"}


def test_a_damaged_record_is_refused(linkguard: Run, tmp_path: Path) -> None:
    HOST.require()
    (tmp_path / "record").write_text("no record\n")
    main = compile_text(HOST, tmp_path, "main", "int main(void) { return 0; }\n")
    add = f"--add-section=.linkguard.exempt={tmp_path}/record"
    must("objcopy", add, main, tmp_path / "bad.o")
    must(*HOST.link_command([tmp_path / "bad.o"], tmp_path / "a.elf"))
    outcome = linkguard("verify", tmp_path / "a.elf")
    assert outcome.status == 2 and "damaged section '.linkguard.exempt'" in outcome.err

"""A weak reference to an allocator of the program's own: the guard makes it 0, and must say so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from linkguard import definedmark, elf
from tests.linkguard.conftest import Outcome
from tests.linkguard.toolchains import ARM_LLD, FIXTURES, NANO, NEWLIB, RISCV, Toolchain, must, run

Run = Callable[..., Outcome]
FLAGS = pytest.mark.parametrize("toolchain", [NANO, NEWLIB], ids=lambda t: t.name)
SHIM = pytest.mark.parametrize("toolchain", [NANO, RISCV], ids=lambda t: t.name)


def objects_of(toolchain: Toolchain, directory: Path, case: str, *flags: str) -> list[Path]:
    toolchain.require()
    cases = FIXTURES / "cases"
    sources = [*(FIXTURES / s for s in toolchain.startup), *sorted(cases.glob(f"{case}.*"))]
    return [toolchain.compile(s, directory / f"{s.stem}.o", *flags) for s in sources]


def link(toolchain: Toolchain, objects: list[Path], guard: Path, *extra: str) -> Path:
    image = objects[0].with_name("image.elf")
    must(*toolchain.link_command(objects, image, f"@{guard}/linkguard.rsp", *extra))
    return image


@FLAGS
def test_a_noted_call_is_a_finding(
    toolchain: Toolchain, linkguard: Run, tmp_path: Path, guards: dict[bool, Path]
) -> None:
    objects = objects_of(toolchain, tmp_path, "own_elsewhere_weak", "-O2")
    outcome = linkguard("verify", link(toolchain, objects, guards[True]))
    assert outcome.status == 1
    assert "'malloc' is still referred to: a weak reference became address 0" in outcome.out
    assert "the definition in this link was collected" in outcome.out


@FLAGS
def test_without_a_trace_it_says_what_it_takes(
    toolchain: Toolchain, linkguard: Run, tmp_path: Path, guards: dict[bool, Path]
) -> None:
    objects = objects_of(toolchain, tmp_path, "own_elsewhere_weak", "-O0")
    outcome = linkguard("verify", link(toolchain, objects, guards[True]))
    assert outcome.status == 0
    assert "'malloc': defined in this link, and collected" in outcome.err
    outcome = linkguard("verify", link(toolchain, objects, guards[True], "-Wl,--emit-relocs"))
    assert outcome.status == 1
    assert "'malloc' is still referred to: a weak reference became address 0" in outcome.out


@pytest.mark.parametrize("case", ["own_elsewhere_weak", "own_elsewhere_weak_address"])
@SHIM
def test_the_shim_links_again_and_explains(
    toolchain: Toolchain, case: str, tmp_path: Path, guards: dict[bool, Path], shim: Path
) -> None:
    objects = objects_of(toolchain, tmp_path, case, "-O0")
    image = tmp_path / "a.elf"
    options = (f"@{guards[True]}/linkguard.rsp", f"-B{shim}")
    result = run(*toolchain.link_command(objects, image, *options))
    assert result.returncode == 1, result.stderr
    assert "'malloc' survives: " in result.stdout and "is the entry point" in result.stdout
    assert not image.exists()


@pytest.mark.parametrize("case", ["own_elsewhere_weak_unused", "own_elsewhere_unused"])
@pytest.mark.parametrize("level", ["-O0", "-O2"])
@SHIM
def test_a_collected_reference_is_clean(
    toolchain: Toolchain,
    level: str,
    case: str,
    tmp_path: Path,
    guards: dict[bool, Path],
    shim: Path,
) -> None:
    objects = objects_of(toolchain, tmp_path, case, level)
    image = tmp_path / "a.elf"
    options = (f"@{guards[True]}/linkguard.rsp", f"-B{shim}")
    result = run(*toolchain.link_command(objects, image, *options))
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    assert image.exists()


@SHIM
def test_a_weak_reference_to_another_function_than_is_defined_is_clean(
    toolchain: Toolchain, tmp_path: Path, guards: dict[bool, Path], shim: Path
) -> None:
    """The link defines calloc, the reference is to malloc: it was 0 without the guard as well."""
    objects = objects_of(toolchain, tmp_path, "own_elsewhere_weak_other", "-O0")
    image = tmp_path / "a.elf"
    options = (f"@{guards[True]}/linkguard.rsp", f"-B{shim}")
    result = run(*toolchain.link_command(objects, image, *options))
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


@pytest.mark.parametrize("toolchain", [NANO, ARM_LLD], ids=lambda t: t.name)
def test_marks_name_what_the_link_defines(toolchain: Toolchain, tmp_path: Path) -> None:
    """As many as fill a symbol, and more; lld knows no wrapped name in a script, and says none."""
    toolchain.require()
    plain = [f"take_{number:02}" for number in range(definedmark.BITS + 9)]
    names = ["no-name", "a b", *plain]
    defined = {plain[0], plain[definedmark.BITS - 1], plain[-1]}
    script, source = tmp_path / "marks.ld", tmp_path / "a.c"
    body = "\n".join(definedmark.assignments(names))
    script.write_text(f"SECTIONS {{ {body} }} INSERT BEFORE .text;\n")
    functions = "".join(f"void {name}(void) {{}}\n" for name in defined)
    source.write_text(f"{functions}int main(void) {{ return 0; }}\n")
    sources = [*(FIXTURES / s for s in toolchain.startup), source]
    objects = [toolchain.compile(s, tmp_path / f"{s.stem}.o") for s in sources]
    wraps = [f"-Wl,--wrap={name}" for name in plain]
    image = tmp_path / "a.elf"
    must(*toolchain.link_command(objects, image, f"-Wl,-T,{script}", *wraps))
    found = definedmark.read(elf.read(image), names)
    assert found == (frozenset() if toolchain is ARM_LLD else defined)
    assert definedmark.read(elf.read(image), plain[1:]) == frozenset()  # another list's marks

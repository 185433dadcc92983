"""What verify finds in images, and what it says it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.linkguard.conftest import Outcome
from tests.linkguard.toolchains import FIXTURES, HOST, NANO, RISCV, Toolchain, must

Run = Callable[..., Outcome]


def link(toolchain: Toolchain, directory: Path, case: str, *extra: str) -> Path:
    toolchain.require()
    sources = [FIXTURES / s for s in toolchain.startup] + [FIXTURES / "cases" / f"{case}.c"]
    objects = [toolchain.compile(s, directory / f"{s.stem}.o", "-Os") for s in sources]
    image = directory / "image.elf"
    must(*toolchain.link_command(objects, image, *extra))
    return image


def test_a_clean_image(linkguard: Run, tmp_path: Path) -> None:
    outcome = linkguard("verify", link(NANO, tmp_path, "clean"))
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")


def test_names_addresses_and_the_way_on(linkguard: Run, tmp_path: Path) -> None:
    image = link(RISCV, tmp_path, "call")
    outcome = linkguard("verify", image)
    assert outcome.status == 1
    lines = outcome.out.splitlines()
    assert lines[0] == f"{image}: error: 'malloc' survives [weir-banned-symbol]"
    assert "defined here, at 0x" in lines[1]
    assert "linkguard explain" in lines[2]


def test_an_alias_is_the_function(linkguard: Run, tmp_path: Path) -> None:
    """As in picolibc, where malloc is another name of an inner function."""
    image = link(NANO, tmp_path, "own_alias")
    rules = tmp_path / "weir.toml"
    for banned, other in (("take", "malloc"), ("malloc", "take")):
        rules.write_text(f'[ban]\npresets = []\nfunctions = ["{banned}"]\n')
        outcome = linkguard("verify", "--policy", rules, image)
        assert outcome.status == 1
        assert f"'{banned}' survives" in outcome.out and f"also named '{other}'" in outcome.out


def test_a_leftover_of_the_guard(linkguard: Run, tmp_path: Path, guard: Path) -> None:
    image = link(HOST, tmp_path, "weak_reference", f"@{guard}/linkguard.rsp")
    outcome = linkguard("verify", image)
    assert outcome.status == 1
    assert "'malloc' is still referred to: a weak reference became address 0" in outcome.out


def test_a_defined_wrapper_is_no_guard(linkguard: Run, tmp_path: Path) -> None:
    NANO.require()
    source = tmp_path / "w.c"
    source.write_text(
        "static char p[8]; void *volatile k; void *malloc(unsigned);\n"
        "void *__wrap_malloc(unsigned n) { return p + n; }\nint main(void) { k = malloc(1); }\n"
    )
    objects = [NANO.compile(s, tmp_path / f"{s.stem}.o") for s in (FIXTURES / "start.c", source)]
    image = tmp_path / "a.elf"
    must(*NANO.link_command(objects, image, "-Wl,--wrap=malloc"))
    outcome = linkguard("verify", image)
    assert outcome.status == 1 and "'__wrap_malloc' is defined" in outcome.out


def test_an_import_of_a_shared_library(linkguard: Run, tmp_path: Path) -> None:
    outcome = linkguard("verify", link(HOST, tmp_path, "call"))
    assert outcome.status == 1
    assert "'malloc' survives: it is imported from a shared library" in outcome.out
    assert "what they allocate inside themselves is not checked" in outcome.err


def test_a_static_glibc_is_explained(linkguard: Run, tmp_path: Path) -> None:
    outcome = linkguard("verify", link(HOST, tmp_path, "clean", "-static"))
    assert outcome.status == 1
    assert "a static glibc always contains its allocator" in outcome.out


def test_without_debug_information_it_says_so(linkguard: Run, tmp_path: Path) -> None:
    image = link(NANO, tmp_path, "clean")
    must("arm-none-eabi-strip", "-g", image)
    outcome = linkguard("verify", image)
    assert outcome.status == 0 and "inlined cannot be seen" in outcome.err


def test_a_stripped_image_is_no_clean_image(linkguard: Run, tmp_path: Path) -> None:
    image = link(NANO, tmp_path, "clean")
    must("arm-none-eabi-strip", image)
    outcome = linkguard("verify", image)
    assert outcome.status == 2
    assert outcome.err.startswith(f"{image}: error: no symbol table: the image was stripped")


@pytest.mark.parametrize("toolchain", [NANO, RISCV], ids=lambda t: t.name)
def test_an_image_stripped_but_for_some_names_is_no_clean_image(
    toolchain: Toolchain, linkguard: Run, tmp_path: Path
) -> None:
    image = link(toolchain, tmp_path, "call")
    must(f"{toolchain.binutils}strip", "--keep-symbol=main", image)
    outcome = linkguard("verify", image)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(f"{image}: error: most of its code has no name: the image was")


@pytest.mark.parametrize("toolchain", [NANO, RISCV, HOST], ids=lambda t: t.name)
def test_an_image_without_its_local_names_is_judged(
    toolchain: Toolchain, linkguard: Run, tmp_path: Path
) -> None:
    """Linked with -x it has every name that another object could refer to."""
    image = link(toolchain, tmp_path, "clean", "-Wl,-x")
    assert linkguard("verify", image).status == 0


def test_a_stripped_program_is_judged_by_what_it_imports(linkguard: Run, tmp_path: Path) -> None:
    """As far as it goes, and it says how far; what imports nothing banned is not called clean."""
    for case, status in (("call", 1), ("clean", 2)):
        for option in ("--strip-all", "--keep-symbol=main"):
            image = link(HOST, tmp_path, case)
            must("strip", option, image)
            outcome = linkguard("verify", image)
            assert outcome.status == status
            if status == 1:
                assert "'malloc' survives: it is imported" in outcome.out
                assert "stripped: only what it imports can be seen" in outcome.err


def test_a_ban_of_ones_own(linkguard: Run, tmp_path: Path) -> None:
    image = link(NANO, tmp_path, "near_names")
    rules = tmp_path / "weir.toml"
    rules.write_text('[ban]\nfunctions = ["my_*"]\n')
    assert linkguard("verify", image).status == 0
    outcome = linkguard("verify", "--policy", rules, image)
    assert outcome.status == 1 and "'my_malloc' survives" in outcome.out


def test_exceptions_leave_the_verdict_to_explain(linkguard: Run, tmp_path: Path) -> None:
    image = link(NANO, tmp_path, "call")
    rules = tmp_path / "weir.toml"
    rules.write_text('[init]\nfunctions = ["main"]\n')
    assert "the flags" not in linkguard("verify", "--policy", rules, image).out
    outcome = linkguard("verify", "--policy", rules, image)
    assert outcome.status == 1 and "[weir-unproven]" in outcome.out


def test_a_function_in_ram_is_seen_whatever_its_section_is(linkguard: Run, tmp_path: Path) -> None:
    """Code that is copied to RAM may be linked into a section without the executable flag."""
    HOST.require()
    source = tmp_path / "ram.s"
    source.write_text(
        ".globl main\n.type main, @function\nmain: ret\n"
        ".section .data\n.globl malloc\n.type malloc, @function\nmalloc: ret\n"
        '.section .note.GNU-stack,"",@progbits\n'
    )
    image = tmp_path / "image.elf"
    must(*HOST.link_command([HOST.compile(source, tmp_path / "ram.o")], image))
    outcome = linkguard("verify", image)
    assert "'malloc' survives" in outcome.out
    assert outcome.status == 1

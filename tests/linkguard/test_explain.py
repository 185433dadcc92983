"""Chains on real images: who keeps it, hop by hop, by command and by image with its map."""

from __future__ import annotations

import re
from collections.abc import Callable
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
    must,
)

Run = Callable[..., Outcome]


def objects_of(
    toolchain: Toolchain, directory: Path, *sources: str, flags: str = "-Os"
) -> list[Path]:
    toolchain.require()
    found = []
    for name in (*toolchain.startup, *sources):
        output = directory / f"{Path(name).stem}.o"
        found.append(toolchain.compile(FIXTURES / name, output, *flags.split()))
    return found


def explain(
    linkguard: Run,
    toolchain: Toolchain,
    directory: Path,
    *sources: str,
    flags: str = "-Os",
    extra: tuple[str, ...] = (),
) -> Outcome:
    objects = objects_of(toolchain, directory, *sources, flags=flags)
    image = directory / "image.elf"
    outcome = linkguard("explain", "--", *toolchain.link_command(objects, image, *extra))
    assert not image.exists(), "explain must not write the user's image"
    return outcome


def blocks(text: str) -> list[list[str]]:
    """One list of lines a finding; sources without their directories."""
    found: list[list[str]] = []
    for line in text.splitlines():
        if ": error: " in line:
            found.append([])
        found[-1].append(re.sub(r"^\S*/", "", line))
    return found


def chain_of(text: str, start: str) -> list[str]:
    return next(block for block in blocks(text) if start in block[0])


def _split(chain: list[str]) -> list[str]:
    """The error, the hops of own code, the first and last hop of the library, the remedy.

    What the library does in between is its version's; that it has places and members is ours.
    """
    library = [line for line in chain[1:-1] if ", in lib" in line]
    for line in library:
        assert re.match(r"\S+\.c:\d+:\d+: note: '\w+.*' \w+ .*, in lib\w+\.a\(\S+\.o\)$", line)
    own = chain[1 : -1 - len(library)]
    return [chain[0], *own, library[0], library[-1], chain[-1]]


def test_the_firmware_of_the_demo(linkguard: Run, tmp_path: Path, guard: Path) -> None:
    """A hook table, printf through newlib-nano, and a chain for every direct user."""
    flags = (f"@{guard}/linkguard.rsp",)
    outcome = explain(linkguard, NANO, tmp_path, "firmware.c", "hooks.c", extra=flags)
    assert outcome.status == 1
    errors = [block[0] for block in blocks(outcome.out)]
    users = [tuple(re.findall(r"'([^']+)'", error)) for error in errors]
    assert len(set(users)) == len(users)
    assert {("_malloc_r", "__smakebuf_r"), ("malloc", "global_hooks")} <= set(users)
    _, *own, first, _, remedy = _split(chain_of(outcome.out, "__smakebuf_r"))
    assert own == [
        "start.c:7:1: note: 'reset_handler' is the entry point, in start.o",
        "start.c:11:2: note: 'reset_handler' calls 'main', in start.o",
        "firmware.c:15:2: note: 'main' calls 'printf', in firmware.o",
    ]
    assert "'printf' calls '_v" in first
    assert "picolibc, whose printf does not allocate" in remedy
    assert chain_of(outcome.out, "global_hooks")[1:] == [
        "start.c:7:1: note: 'reset_handler' is the entry point, in start.o",
        "start.c:11:2: note: 'reset_handler' calls 'main', in start.o",
        "firmware.c:15:23: note: 'main' calls 'hooks_parse', in firmware.o",
        "hooks.c:9:34: note: 'new_node' (inlined into 'hooks_parse') uses 'global_hooks', "
        "in hooks.o",
        "hooks.c:5:21: note: 'global_hooks' holds the address of 'malloc', in hooks.o",
        "hooks.c:5:21: note: while 'global_hooks' names 'malloc', the linker keeps it, called or "
        "not: initialise it with functions of your own",
    ]


@pytest.mark.parametrize(
    "toolchain", [NANO, NEWLIB, PICOLIBC, RISCV, HOST, HOST_LLD, ARM_LLD], ids=lambda t: t.name
)
def test_every_toolchain_has_a_chain_with_places(
    linkguard: Run, toolchain: Toolchain, tmp_path: Path
) -> None:
    outcome = explain(linkguard, toolchain, tmp_path, "cases/tail_call.c", flags="-O2")
    assert outcome.status == 1, outcome.err
    chain = chain_of(outcome.out, "'malloc' survives: called by 'make'")
    assert chain[0].startswith("tail_call.c:3:")
    assert re.match(r"tail_call\.c:4:\d+: note: 'main' (calls|jumps to) 'make'", chain[-3])
    assert re.match(r"tail_call\.c:3:\d+: note: 'make' (calls|jumps to) 'malloc'", chain[-2])
    assert any("is the entry point" in line for line in chain)


def test_an_image_with_relocations_and_its_map(linkguard: Run, tmp_path: Path) -> None:
    objects = objects_of(NANO, tmp_path, "cases/call.c")
    image, map_file = tmp_path / "a.elf", tmp_path / "a.map"
    options = ("-Wl,--emit-relocs", f"-Wl,-Map={map_file}")
    must(*NANO.link_command(objects, image, *options))
    for arguments in (("--map", map_file, image), (image, "--map", map_file)):
        outcome = linkguard("explain", *arguments)
        assert outcome.status == 1
        assert "'malloc' survives: called by 'main'" in outcome.out
    # malloc itself calls _malloc_r, but a banned caller is no cause of its own
    assert "called by 'malloc'" not in outcome.out


def test_one_chain_for_each_direct_caller(linkguard: Run, tmp_path: Path) -> None:
    source = tmp_path / "many.c"
    callers = "\n".join(
        f"__attribute__((noinline)) void f{n}(void) {{ kept = malloc({n}); }}" for n in range(5)
    )
    calls = " ".join(f"f{n}();" for n in range(5))
    source.write_text(
        f"#include <stdlib.h>\nvoid *volatile kept;\n{callers}\nint main(void) {{ {calls} }}\n"
    )
    outcome = explain(linkguard, NANO, tmp_path, str(source))
    named = re.findall(r"'malloc' survives: called by '(\w+)'", outcome.out)
    assert sorted(named) == [f"f{n}" for n in range(5)]


def test_a_function_kept_by_its_neighbour(linkguard: Run, tmp_path: Path) -> None:
    NANO.require()
    source = tmp_path / "shared.c"
    source.write_text(
        "#include <stdlib.h>\nvoid *volatile kept;\nvoid unused(void) { kept = malloc(1); }\n"
        "int main(void) { return 0; }\n"
    )
    objects = [
        NANO.compile(FIXTURES / "start.c", tmp_path / "start.o"),
        # -O1, for from -O2 on GCC gives main a section of its own
        NANO.compile(source, tmp_path / "shared.o", "-O1", "-fno-function-sections"),
    ]
    command = NANO.link_command(objects, tmp_path / "x.elf")
    chain = chain_of(linkguard("explain", "--", *command).out, "called by 'unused'")
    assert "'unused' shares section '.text' with 'main', in shared.o" in chain[-3]
    assert "compile with -ffunction-sections" in chain[-1]


def test_constructors_and_vectors_are_roots(linkguard: Run, tmp_path: Path) -> None:
    outcome = explain(linkguard, NANO, tmp_path, "cases/constructor.c")
    chain = "\n".join(chain_of(outcome.out, "'malloc' survives"))
    assert "lists what runs before or after main" in chain and "runs 'set_up'" in chain


def test_a_clean_image_has_nothing_to_explain(linkguard: Run, tmp_path: Path) -> None:
    outcome = explain(linkguard, NANO, tmp_path, "cases/clean.c")
    assert (outcome.status, outcome.out) == (0, "")


def test_the_same_link_gives_the_same_words(linkguard: Run, tmp_path: Path) -> None:
    first = explain(linkguard, NANO, tmp_path, "firmware.c", "hooks.c")
    assert first.out == explain(linkguard, NANO, tmp_path, "firmware.c", "hooks.c").out


def test_the_linker_itself_can_be_given(linkguard: Run, tmp_path: Path) -> None:
    objects = objects_of(NANO, tmp_path, "cases/own_same_object.c")
    command = ["arm-none-eabi-ld", "-T", FIXTURES / "flash.ld", *objects, "-o", tmp_path / "x.elf"]
    outcome = linkguard("explain", "--", *command)
    assert "'malloc' survives: called by 'main'" in outcome.out


POLICY = """
[init]
functions = ["main"]
"""


def test_paths_below_init_are_allowed(linkguard: Run, tmp_path: Path) -> None:
    objects = objects_of(NANO, tmp_path, "cases/tail_call.c", flags="-O2")
    command = NANO.link_command(objects, tmp_path / "x.elf")
    rules = tmp_path / "weir.toml"
    rules.write_text(POLICY)
    assert linkguard("explain", "--policy", rules, "--", *command).status == 0
    rules.write_text(POLICY.replace("main", "boot"))
    outcome = linkguard("explain", "--policy", rules, "--", *command)
    assert outcome.status == 1
    assert "'malloc' survives: called by 'make'" in outcome.out
    assert "'boot' in [init] names nothing in the image" in outcome.out
    allow = '[[allow]]\ncaller = "make"\ncallee = "malloc"\nreason = "start-up only"\n'
    rules.write_text(allow)
    assert linkguard("explain", "--policy", rules, "--", *command).status == 0


@pytest.mark.parametrize("through", ["pointer", "table"])
def test_what_init_registers_runs_after_it(linkguard: Run, tmp_path: Path, through: str) -> None:
    """Init may allocate; a handler whose address it hands out may not."""
    NANO.require()
    source = tmp_path / "register.c"
    source.write_text(
        "#include <stdlib.h>\n"
        "void (*volatile handler)(void);\nvoid *volatile kept;\n"
        "static void later(void) { kept = malloc(8); }\n"
        "static void (*const table[])(void) = {later, later};\n"
        "__attribute__((noinline)) static void enter(int n)\n"
        "{ handler = " + ("later" if through == "pointer" else "table[n]") + "; }\n"
        "__attribute__((noinline)) void boot(int n) { kept = malloc(4); enter(n); }\n"
        "int main(int argc, char **argv) { (void)argv; boot(argc); handler(); return 0; }\n"
    )
    objects = [
        NANO.compile(FIXTURES / "start.c", tmp_path / "s.o"),
        NANO.compile(source, tmp_path / "register.o", "-Os"),
    ]
    command = NANO.link_command(objects, tmp_path / "x.elf")
    rules = tmp_path / "weir.toml"
    rules.write_text('[init]\nfunctions = ["boot"]\n')
    outcome = linkguard("explain", "--policy", rules, "--", *command)
    assert outcome.status == 1
    assert "'malloc' survives: called by 'later'" in outcome.out
    assert "called by 'boot'" not in outcome.out

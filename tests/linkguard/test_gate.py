"""The sealed gate: it links where nothing else that allocates does, gives memory, then traps."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from linkguard import cli
from tests.linkguard.conftest import Outcome
from tests.linkguard.toolchains import (
    FIXTURES,
    HOST,
    NANO,
    NEWLIB,
    PICOLIBC,
    Toolchain,
    must,
    need,
    run,
)

Run = Callable[..., Outcome]
POLICY = '[[allow]]\ncaller = "*alloc_at_init"\ncallee = "*malloc*"\nreason = "the sealed gate"\n'
QEMU = [
    *["qemu-system-arm", "-M", "mps2-an385", "-nographic"],
    *["-semihosting-config", "enable=on,target=native", "-kernel"],
]
TOOLCHAINS = [NANO, NEWLIB, PICOLIBC, HOST]


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `flags` and `shim` write for a policy with the gate."""
    directory = tmp_path_factory.mktemp("gate")
    policy = directory / "weir.toml"
    policy.write_text(POLICY)
    for command in ("flags", "shim"):
        assert cli.main([command, "--policy", str(policy), "-o", str(directory / command)]) == 0
    return directory


def link(
    toolchain: Toolchain, gate: Path, directory: Path, *defines: str, extra: str = ""
) -> tuple[list[object], Path]:
    toolchain.require()
    sources = [gate / "flags" / "linkguard_gate.c", FIXTURES / "gate_program.c"]
    if extra:
        (directory / "extra.c").write_text(extra)
        sources.append(directory / "extra.c")
    objects = [
        toolchain.compile(s, directory / f"{s.stem}.o", "-Os", f"-I{gate / 'flags'}", *defines)
        for s in sources
    ]
    image = directory / "image.elf"
    options = [f"--specs={gate / 'flags' / 'linkguard.specs'}", f"-B{gate / 'shim'}"]
    command = toolchain.link_command(objects, image, *options)
    script = str(FIXTURES / "flash.ld")
    return [str(FIXTURES / "ram.ld") if word == script else word for word in command], image


def execute(toolchain: Toolchain, image: Path) -> tuple[int, str]:
    if toolchain is HOST:
        result = run(image)
    else:
        need("qemu-system-arm")
        result = run("timeout", "30", *QEMU, image)
    return result.returncode, result.stdout + result.stderr


WAYS = [
    *((toolchain, "hook") for toolchain in TOOLCHAINS),
    *((toolchain, way) for toolchain in (NANO, HOST) for way in ("trap", "quiet")),
]


@pytest.mark.parametrize(("toolchain", "way"), WAYS, ids=[f"{t.name}-{way}" for t, way in WAYS])
def test_memory_before_the_seal_and_a_trap_after_it(
    toolchain: Toolchain, way: str, gate: Path, tmp_path: Path
) -> None:
    command, image = link(toolchain, gate, tmp_path, f"-D{way.upper()}")
    must(*command)
    status, said = execute(toolchain, image)
    trapped = "" if toolchain is HOST else "fault\n"
    if way == "quiet":
        assert (status, said) == (0, "took\nsealed\n")
        return
    hook = "hook: 20 bytes\n" if way == "hook" else ""
    assert said == "took\nsealed\n" + hook + trapped
    assert status == (-signal.SIGILL if toolchain is HOST else 3)


@pytest.mark.parametrize("toolchain", TOOLCHAINS, ids=lambda t: t.name)
def test_beside_the_gate_nothing_allocates(
    toolchain: Toolchain, gate: Path, tmp_path: Path
) -> None:
    """The flags refuse every other caller, and the shim names it."""
    user = (
        "#include <stdlib.h>\nvoid *volatile kept;\n"
        "__attribute__((constructor)) void user(void) { kept = malloc(8); }\n"
    )
    command, image = link(toolchain, gate, tmp_path, extra=user)
    result = run(*command)
    assert result.returncode != 0 and not image.exists()
    assert "undefined reference to `__wrap_malloc'" in result.stderr
    assert "'malloc' survives: called by 'user'" in result.stdout
    assert "at_init'" not in result.stdout


def test_an_image_with_relocations_is_verified_by_path(
    gate: Path, tmp_path: Path, linkguard: Run
) -> None:
    command, image = link(NANO, gate, tmp_path)
    must(*command)
    policy = ("--policy", gate / "weir.toml")
    outcome = linkguard("verify", *policy, image)
    assert outcome.status == 1 and "'_malloc_r' survives: whether only" in outcome.out
    assert "[weir-unproven]" in outcome.out
    must(*command, "-Wl,--emit-relocs", f"-Wl,-Map={tmp_path}/image.map")
    for more in ((), ("--map", tmp_path / "image.map")):
        outcome = linkguard("verify", *policy, image, *more)
        assert (outcome.status, outcome.out) == (0, "")
    outcome = linkguard("verify", image)
    assert outcome.status == 1 and "'_malloc_r' survives" in outcome.out


def test_the_files_of_the_gate_come_with_a_policy_that_allows_it(gate: Path, guard: Path) -> None:
    files = {path.name for path in (gate / "flags").iterdir()}
    assert {"linkguard_gate.c", "linkguard_gate.h", "linkguard.rsp"} <= files
    assert "linkguard.ld" not in files  # it would discard what the gate needs
    assert "--wrap=_malloc_r" in (gate / "flags" / "linkguard.rsp").read_text()
    assert not [path for path in guard.iterdir() if "gate" in path.name]


BOOT = """
#include <stdlib.h>
void *volatile kept;
{attribute} static void boot(void) {{ kept = malloc(4); }}
__attribute__((noinline)) void later(void) {{ kept = {later}; }}
void stray(void);
int main(void) {{ boot(); later(); return 0; }}
"""
INIT = '[init]\nfunctions = ["boot"]\n'


def boot_image(directory: Path, attribute: str, later: str) -> Path:
    NANO.require()
    source = directory / "boot.c"
    source.write_text(BOOT.format(attribute=attribute, later=later))
    objects = [
        NANO.compile(FIXTURES / "start.c", directory / "start.o"),
        NANO.compile(source, directory / "boot.o", "-Os"),
    ]
    image = directory / "boot.elf"
    must(*NANO.link_command(objects, image, "-Wl,--emit-relocs"))
    return image


def test_a_gate_that_the_policy_has_no_more_goes(linkguard: Run, tmp_path: Path) -> None:
    """A build that finds the sources compiles them, and --wrap lets their calls through."""
    policy = tmp_path / "weir.toml"
    for text, names in ((POLICY, {"linkguard_gate.c", "linkguard_gate.h"}), ("", set())):
        policy.write_text(text)
        assert linkguard("flags", "--policy", policy, "-o", tmp_path / "guard").status == 0
        assert {path.name for path in (tmp_path / "guard").glob("*gate*")} == names


def test_paths_below_init_are_cut_and_the_rest_is_judged(linkguard: Run, tmp_path: Path) -> None:
    rules = tmp_path / "weir.toml"
    rules.write_text(INIT)
    noinline = "__attribute__((noinline))"
    image = boot_image(tmp_path, noinline, "0")
    assert linkguard("verify", "--policy", rules, image).status == 0
    outcome = linkguard("verify", "--policy", rules, boot_image(tmp_path, noinline, "malloc(9)"))
    assert outcome.status == 1
    assert "'malloc' survives: called by 'later'" in outcome.out
    assert "called by 'boot'" not in outcome.out


def test_an_exception_that_was_inlined_away_is_loud(linkguard: Run, tmp_path: Path) -> None:
    """Its calls are now its caller's, which has no exception: both are said."""
    rules = tmp_path / "weir.toml"
    rules.write_text(INIT)
    image = boot_image(tmp_path, "inline __attribute__((always_inline))", "0")
    outcome = linkguard("verify", "--policy", rules, image)
    assert outcome.status == 1
    assert "'boot' in [init] was inlined into 'main': the entry excuses nothing" in outcome.out
    assert "mark 'boot' noinline" in outcome.out
    assert "'malloc' survives: called by 'boot' (inlined into 'main')" in outcome.out


def test_the_roots_of_the_policy_say_where_execution_starts(linkguard: Run, tmp_path: Path) -> None:
    """Below them everything is judged; outside of them it is said that nothing was."""
    rules = tmp_path / "weir.toml"
    image = boot_image(tmp_path, "__attribute__((noinline))", "malloc(9)")
    rules.write_text(INIT + '[roots]\nfunctions = ["main"]\n')
    outcome = linkguard("verify", "--policy", rules, image)
    assert outcome.status == 1 and "called by 'later'" in outcome.out
    rules.write_text(INIT + '[roots]\nfunctions = ["boot", "gone", "@nonallocating"]\n')
    outcome = linkguard("verify", "--policy", rules, image)
    assert "called by 'later'" not in outcome.out
    assert "'malloc' is used by 'later', which no function of [roots] reaches" in outcome.err
    assert "'gone' in [roots] names nothing in the image" in outcome.out
    assert "@nonallocating" not in outcome.out


LATE = """
#include <stdlib.h>
void *volatile kept;
__attribute__((noinline)) void boot(void) { kept = malloc(4); }
void tick(void) { TICK; }
__attribute__((section(".vectors.more"), used)) void (*const more[])(void) = {tick};
int main(void) { boot(); return 0; }
"""


def test_an_interrupt_that_runs_init_code_is_late(linkguard: Run, tmp_path: Path) -> None:
    NANO.require()
    source, rules = tmp_path / "late.c", tmp_path / "weir.toml"
    source.write_text(LATE)
    start = NANO.compile(FIXTURES / "start.c", tmp_path / "start.o")
    script = tmp_path / "own.ld"
    text = (FIXTURES / "flash.ld").read_text()
    script.write_text(text.replace("KEEP(*(.vectors))", "KEEP(*(.vectors .vectors.*))"))

    def verify(tick: str, policy: str) -> Outcome:
        late = NANO.compile(source, tmp_path / "late.o", "-Os", f"-DTICK={tick}")
        linkmap = tmp_path / "late.map"
        options = ("-Wl,--emit-relocs", f"-Wl,-Map={linkmap}")
        command = NANO.link_command([start, late], tmp_path / "late.elf", *options)
        words = [str(script) if w == str(FIXTURES / "flash.ld") else w for w in command]
        must(*words)
        rules.write_text(policy)
        return linkguard("verify", "--policy", rules, "--map", linkmap, tmp_path / "late.elf")

    assert verify("(void)0", INIT) == Outcome(0, "", "")
    outcome = verify("boot()", INIT)
    assert outcome.status == 1
    (error,) = [line for line in outcome.out.splitlines() if ": error: " in line]
    assert "'tick' reaches init function 'boot', which runs before the system is" in error
    assert error.endswith("[weir-late-init]")
    assert "'more' is a vector table" in outcome.out
    assert '[init] callers = ["tick"]' in outcome.out
    assert verify("boot()", INIT + 'callers = ["main", "tick"]\n').status == 0
    outcome = verify("(void)0", INIT + 'callers = ["main", "gone"]\n')
    assert "'gone' in [init] callers names nothing in the image" in outcome.out

"""The stand-in for ld: same status, same image, an explanation, and no bad image left."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from linkguard import cli
from tests.linkguard.toolchains import (
    ARM_LLD,
    FIXTURES,
    HOST,
    HOST_LLD,
    NANO,
    RISCV,
    Toolchain,
    need,
    run,
)

TOOLCHAINS = [NANO, RISCV, HOST, HOST_LLD, ARM_LLD]


def objects_of(toolchain: Toolchain, directory: Path, case: str, *flags: str) -> list[Path]:
    toolchain.require()
    sources = [FIXTURES / s for s in toolchain.startup] + [FIXTURES / "cases" / f"{case}.c"]
    return [toolchain.compile(s, directory / f"{s.stem}.o", "-O2", *flags) for s in sources]


@pytest.mark.parametrize("toolchain", TOOLCHAINS, ids=lambda t: t.name)
def test_a_passing_link_gives_the_same_image(
    toolchain: Toolchain, tmp_path: Path, guards: dict[bool, Path], shim: Path
) -> None:
    objects = objects_of(toolchain, tmp_path, "clean")
    plain, guarded = tmp_path / "plain.elf", tmp_path / "guarded.elf"
    assert run(*toolchain.link_command(objects, plain)).returncode == 0
    response = f"@{guards[toolchain.is_bare_metal]}/linkguard.rsp"
    result = run(*shimmed(toolchain, objects, guarded, shim, response))
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    flash = [toolchain.flash(image, tmp_path / "flash.bin") for image in (plain, guarded)]
    assert flash[0] == flash[1]
    assert not list(tmp_path.glob(".linkguard-*"))
    assert run("test", "-x", guarded).returncode == 0


def shimmed(
    toolchain: Toolchain, objects: list[Path], image: Path, shim: Path, *extra: str
) -> list[object]:
    compiler, *rest = toolchain.link_command(objects, image, *extra)
    return [compiler, f"-B{shim}", *rest]


@pytest.mark.parametrize("toolchain", TOOLCHAINS, ids=lambda t: t.name)
def test_a_refused_link_is_explained(
    toolchain: Toolchain, tmp_path: Path, guards: dict[bool, Path], shim: Path
) -> None:
    objects = objects_of(toolchain, tmp_path, "call")
    image = tmp_path / "a.elf"
    image.write_text("an older image")
    response = f"@{guards[toolchain.is_bare_metal]}/linkguard.rsp"
    result = run(*shimmed(toolchain, objects, image, shim, response))
    assert result.returncode != 0
    assert "__wrap_malloc" in result.stderr
    assert "call.c:3:" in result.stdout
    assert "'malloc' survives: called by 'main'" in result.stdout
    assert not image.exists() and not list(tmp_path.glob(".linkguard-*"))


@pytest.mark.parametrize("strip", [[], ["-s"]], ids=["whole", "stripped"])
@pytest.mark.parametrize("guarded", [True, False], ids=["flags", "shim alone"])
def test_mold_refuses_and_is_explained(
    tmp_path: Path, guards: dict[bool, Path], shim: Path, guarded: bool, strip: list[str]
) -> None:
    need("mold")
    objects = objects_of(HOST, tmp_path, "call")
    options = [f"@{guards[False]}/linkguard.rsp"] if guarded else []
    image = tmp_path / "a"
    result = run(*shimmed(HOST, objects, image, shim, "-fuse-ld=mold", *options, *strip))
    assert result.returncode != 0 and not image.exists()
    assert "'malloc' survives: called by 'main'" in result.stdout
    assert "'_start' is the entry point, in Scrt1.o" in result.stdout
    assert "linkguard: error" not in result.stderr and "map" not in result.stderr


@pytest.mark.parametrize("toolchain", [NANO, HOST, HOST_LLD], ids=lambda t: t.name)
def test_what_the_linker_lets_through_is_refused_and_removed(
    toolchain: Toolchain, tmp_path: Path, shim: Path
) -> None:
    objects = objects_of(toolchain, tmp_path, "own_same_object")
    image = tmp_path / "a.elf"
    image.write_text("an older image")
    result = run(*shimmed(toolchain, objects, image, shim))
    assert result.returncode == 1
    assert "'malloc' survives: called by 'main'" in result.stdout
    assert not image.exists()


def test_gold_refuses_and_is_explained(
    tmp_path: Path, guards: dict[bool, Path], shim: Path
) -> None:
    if shutil.which("ld.gold") is None:
        pytest.skip("gold is not installed: newer systems have none")
    gold = ("-fuse-ld=gold", "-Wl,--allow-shlib-undefined", f"@{guards[False]}/linkguard.rsp")
    unused = tmp_path / "unused.c"
    unused.write_text("void *malloc(unsigned long);\nvoid *unused(void) { return malloc(3); }\n")
    objects = objects_of(HOST, tmp_path, "tail_call")
    objects.append(HOST.compile(unused, tmp_path / "unused.o"))
    result = run(*shimmed(HOST, objects, tmp_path / "a", shim, *gold))
    assert result.returncode == 1
    assert "'malloc' survives: called by 'make'" in result.stdout
    assert "'main' calls 'make', in " in result.stdout
    assert "'unused'" not in result.stdout
    assert "linked again without collecting sections" in result.stderr
    objects = objects_of(HOST, tmp_path, "clean")
    result = run(*shimmed(HOST, objects, tmp_path / "a", shim, *gold))
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize("toolchain", [NANO, HOST_LLD], ids=lambda t: t.name)
def test_audit_reports_and_keeps_the_image(
    toolchain: Toolchain, tmp_path: Path, guards: dict[bool, Path]
) -> None:
    """With the guard's flags or without: the image is the one that no guard gives."""
    assert cli.main(["shim", "--audit", "--output", str(tmp_path / "bin")]) == 0
    objects = objects_of(toolchain, tmp_path, "call")
    plain, audited = tmp_path / "plain.elf", tmp_path / "audited.elf"
    assert run(*toolchain.link_command(objects, plain)).returncode == 0
    response = f"@{guards[toolchain.is_bare_metal]}/linkguard.rsp"
    flash = toolchain.flash(plain, tmp_path / "flash.bin")
    for extra in ((), (response,)):
        result = run(*shimmed(toolchain, objects, audited, tmp_path / "bin", *extra))
        assert result.returncode == 0, result.stderr
        assert "'malloc' survives: called by 'main'" in result.stdout
        assert "audit: " in result.stderr and "__wrap_" not in result.stderr
        assert toolchain.flash(audited, tmp_path / "flash.bin") == flash
        audited.unlink()
    clean = objects_of(toolchain, tmp_path, "clean")
    result = run(*shimmed(toolchain, clean, audited, tmp_path / "bin"))
    assert (result.returncode, result.stdout) == (0, "")


def test_audit_keeps_the_linkers_own_errors(tmp_path: Path) -> None:
    assert cli.main(["shim", "--audit", "--output", str(tmp_path / "bin")]) == 0
    objects = objects_of(HOST, tmp_path, "clean")
    options = ("-Wl,--undefined=x", "-Wl,-z,defs", "-Wl,--require-defined=x")
    result = run(*shimmed(HOST, objects, tmp_path / "a", tmp_path / "bin", *options))
    assert result.returncode == 1 and not (tmp_path / "a").exists()


def test_an_ordinary_error_is_the_linkers_own(tmp_path: Path, guard: Path, shim: Path) -> None:
    source = tmp_path / "e.c"
    source.write_text("int missing(void);\nint main(void) { return missing(); }\n")
    objects = [HOST.compile(source, tmp_path / "e.o")]
    response = f"@{guard}/linkguard.rsp"
    result = run(*shimmed(HOST, objects, tmp_path / "a", shim, response))
    assert result.returncode == 1
    assert "undefined reference to `missing'" in result.stderr
    assert result.stdout == ""


def test_lto_by_gcc_is_explained_too(tmp_path: Path, guard: Path, shim: Path) -> None:
    NANO.require()
    objects = [
        NANO.compile(FIXTURES / "start.c", tmp_path / "s.o"),
        NANO.compile(FIXTURES / "cases" / "tail_call.c", tmp_path / "t.o", "-Os", "-flto"),
    ]
    options = ("-flto", f"@{guard}/linkguard.rsp")
    result = run(*shimmed(NANO, objects, tmp_path / "a.elf", shim, *options))
    assert result.returncode != 0
    assert "'malloc' survives: called by 'make'" in result.stdout


def test_a_link_that_strips_is_verified_with_symbols(tmp_path: Path, shim: Path) -> None:
    for case, status in (("clean", 0), ("own_same_object", 1)):
        image = tmp_path / f"{case}.elf"
        objects = objects_of(NANO, tmp_path, case)
        result = run(*shimmed(NANO, objects, image, shim, "-s"))
        assert result.returncode == status, result.stderr
        assert image.exists() == (status == 0)


def test_queries_and_partial_links_pass_through(tmp_path: Path, shim: Path) -> None:
    objects = objects_of(HOST, tmp_path, "call")
    assert "GNU ld" in run("gcc", f"-B{shim}", "-Wl,--version").stdout
    partial = tmp_path / "p.o"
    assert run("gcc", f"-B{shim}", "-r", "-nostdlib", *objects, "-o", partial).returncode == 0
    assert partial.exists()


def test_a_policy_with_exceptions_decides_by_path(tmp_path: Path) -> None:
    objects = objects_of(NANO, tmp_path, "tail_call")
    rules = tmp_path / "weir.toml"
    for function, status in (("main", 0), ("interrupt", 1)):
        rules.write_text(f'[init]\nfunctions = ["{function}"]\n')
        directory = tmp_path / function
        arguments = ["--policy", str(rules), "--output", str(directory)]
        assert cli.main(["shim", *arguments]) == 0
        image = tmp_path / f"{function}.elf"
        result = run(*shimmed(NANO, objects, image, directory))
        assert result.returncode == status, result.stdout
        assert image.exists() == (status == 0)


def test_a_policy_that_breaks_later_stops_the_link(tmp_path: Path) -> None:
    objects = objects_of(HOST, tmp_path, "clean")
    rules = tmp_path / "weir.toml"
    rules.write_text("")
    arguments = ["--policy", str(rules), "--output", str(tmp_path / "bin")]
    assert cli.main(["shim", *arguments]) == 0
    rules.write_text("[bans]\n")
    result = run(*shimmed(HOST, objects, tmp_path / "a", tmp_path / "bin"))
    assert result.returncode != 0
    assert "weir.toml: error: unknown table 'bans'" in result.stderr
    assert not (tmp_path / "a").exists()


def test_a_link_that_cannot_be_judged_leaves_no_older_image(tmp_path: Path) -> None:
    """What was to be replaced would pass for the image of these objects."""
    objects, image = objects_of(HOST, tmp_path, "clean"), tmp_path / "a"
    image.write_text("an older image")
    fake = tmp_path / "fake-ld"
    fake.write_text('#!/bin/sh\nfor last; do :; done\necho nonsense > "$last"\n')
    fake.chmod(0o755)
    assert cli.main(["shim", "--linker", str(fake), "-o", str(tmp_path / "bin")]) == 0
    result = run(*shimmed(HOST, objects, image, tmp_path / "bin"))
    assert result.returncode != 0
    assert f"{image}: error: not an ELF file" in result.stderr
    assert not image.exists()


@pytest.mark.parametrize("linker", ["bfd", "lld", "mold"])
def test_what_the_linker_writes_beside_names_the_image(
    tmp_path: Path, shim: Path, linker: str
) -> None:
    """A build that finds another target in the dependencies has none; a map is compared."""
    objects, image = objects_of(HOST_LLD, tmp_path, "clean"), tmp_path / "out.elf"
    need(f"ld.{linker}" if linker == "bfd" else HOST_LLD.programs[0] if linker == "lld" else linker)
    texts = []
    for shims in ([], [f"-B{shim}"]):
        paths = [tmp_path / "out.d", tmp_path / "out.map"]
        options = [f"-Wl,--dependency-file={paths[0]}", f"-Wl,-Map={paths[1]}"]
        compiler = [HOST_LLD.compiler, *shims, f"-fuse-ld={linker}"]
        result = run(*compiler, *objects, "-o", image, *options)
        assert result.returncode == 0, result.stderr
        texts.append([path.read_text() for path in paths])
    assert texts[0] == texts[1] and texts[0][0].startswith(f"{image}:")


def test_a_question_leaves_the_image(tmp_path: Path, shim: Path) -> None:
    (tmp_path / "a.out").write_text("an older image")
    result = run("gcc", f"-B{shim}", "-Wl,--version", cwd=tmp_path)
    assert result.returncode == 0 and "ld" in result.stdout.lower()
    assert (tmp_path / "a.out").exists()


def test_the_linker_talks_once(tmp_path: Path, guard: Path, shim: Path) -> None:
    """Further links are only looked at; what they say is no part of the build's log."""
    objects = objects_of(NANO, tmp_path, "call")
    options = (f"@{guard}/linkguard.rsp", "-Wl,--print-memory-usage")
    result = run(*shimmed(NANO, objects, tmp_path / "a.elf", shim, *options))
    assert "'malloc' survives" in result.stdout
    said = result.stdout.count("Memory region")
    plain = run(*NANO.link_command(objects, tmp_path / "a.elf", *options))
    assert said == plain.stdout.count("Memory region")


def test_a_link_without_an_output_name_is_verified(tmp_path: Path, shim: Path) -> None:
    objects = objects_of(HOST, tmp_path, "own_same_object")
    result = run("gcc", f"-B{shim}", "-Wl,--verbose", *objects, cwd=tmp_path)
    assert result.returncode == 1
    assert "'malloc' survives: called by 'main'" in result.stdout
    assert not (tmp_path / "a.out").exists()


@pytest.mark.parametrize("policy", ["", '[init]\nfunctions = ["boot"]\n'], ids=["bans", "init"])
@pytest.mark.parametrize("strip", [[], ["-Wl,-S"]], ids=["debug", "stripped"])
def test_an_inlined_allocator_is_refused(tmp_path: Path, policy: str, strip: list[str]) -> None:
    """Whether the policy has exceptions, and whether the link drops debug information."""
    NANO.require()
    source = tmp_path / "own.c"
    source.write_text(
        "static char pool[64];\nstatic unsigned used;\nvoid *volatile kept;\n"
        "static inline __attribute__((always_inline)) void *malloc(unsigned size)\n"
        "{ void *start = pool + used; used += size; return start; }\n"
        "__attribute__((noinline)) void boot(void) { kept = 0; }\n"
        "int main(void) { boot(); kept = malloc(8); return 0; }\n"
    )
    objects = [
        NANO.compile(FIXTURES / "start.c", tmp_path / "s.o"),
        NANO.compile(source, tmp_path / "own.o", "-Os", "-g", "-w", "-ffreestanding"),
    ]
    rules = tmp_path / "weir.toml"
    rules.write_text(policy)
    arguments = ["--policy", str(rules), "--output", str(tmp_path / "bin")]
    assert cli.main(["shim", *arguments]) == 0
    image = tmp_path / "a.elf"
    result = run(*shimmed(NANO, objects, image, tmp_path / "bin", *strip))
    assert "'malloc' survives: it was inlined into 'main'" in result.stdout
    assert result.returncode == 1
    assert not image.exists()


@pytest.mark.parametrize("exception", ["init", "allow"])
def test_an_allocator_inlined_where_it_is_allowed_passes(tmp_path: Path, exception: str) -> None:
    NANO.require()
    source = tmp_path / "own.c"
    source.write_text(
        "static char pool[64];\nvoid *volatile kept;\n"
        "static inline __attribute__((always_inline)) void *malloc(unsigned size)\n"
        "{ return pool + size; }\n"
        "__attribute__((noinline)) void boot(void) { kept = malloc(8); }\n"
        "int main(void) { boot(); return 0; }\n"
    )
    objects = [
        NANO.compile(FIXTURES / "start.c", tmp_path / "s.o"),
        NANO.compile(source, tmp_path / "own.o", "-Os", "-g", "-w", "-ffreestanding"),
    ]
    rules = tmp_path / "weir.toml"
    allow = '[[allow]]\ncaller = "boot"\ncallee = "malloc"\nreason = "at start-up"\n'
    rules.write_text(allow if exception == "allow" else '[init]\nfunctions = ["boot"]\n')
    arguments = ["--policy", str(rules), "--output", str(tmp_path / "bin")]
    assert cli.main(["shim", *arguments]) == 0
    result = run(*shimmed(NANO, objects, tmp_path / "a.elf", tmp_path / "bin"))
    assert (result.returncode, result.stdout) == (0, "")


LINKER = """#!/bin/sh
for word in "$@"; do
	case $word in {refused}) echo "fake-ld: unrecognized option '$word'" >&2; exit 1 ;; esac
done
exec ld "$@"
"""


@pytest.mark.parametrize("refused", ["--emit-relocs", "--wrap=malloc", "--gc-sections"])
def test_a_linker_without_an_option(tmp_path: Path, guards: dict[bool, Path], refused: str) -> None:
    """The image does not appear, whichever option of ours the linker does not know."""
    linker = tmp_path / "fake-ld"
    linker.write_text(LINKER.format(refused=refused))
    linker.chmod(0o755)
    directory = tmp_path / "bin"
    assert cli.main(["shim", "--linker", str(linker), "--output", str(directory)]) == 0
    objects = objects_of(HOST, tmp_path, "call")
    image = tmp_path / "a.out"
    response = f"@{guards[False]}/linkguard.rsp"
    result = run(*shimmed(HOST, objects, image, directory, response))
    assert result.returncode != 0 and not image.exists()
    assert f"unrecognized option '{refused}'" in result.stderr
    assert "Traceback" not in result.stderr
    if refused == "--emit-relocs":
        assert "fake-ld: error: the link to be explained failed too: " in result.stderr
    assert not list(tmp_path.glob(".linkguard-*"))


def test_an_output_that_cannot_be_written(tmp_path: Path, shim: Path) -> None:
    objects = objects_of(HOST, tmp_path, "clean")
    for image in (Path("/proc/a.out"), tmp_path):
        result = run(*shimmed(HOST, objects, image, shim))
        assert result.returncode != 0
        assert f"{image}: error: cannot link there: " in result.stderr
        assert "Traceback" not in result.stderr


def test_objects_that_are_damaged_or_for_another_machine(tmp_path: Path, shim: Path) -> None:
    good = objects_of(HOST, tmp_path, "clean")
    data = good[0].read_bytes()
    truncated, foreign = tmp_path / "truncated.o", tmp_path / "foreign.o"
    truncated.write_bytes(data[: len(data) // 2])
    foreign.write_bytes(data[:18] + (8).to_bytes(2, "little") + data[20:])
    for bad in (truncated, foreign):
        result = run(*shimmed(HOST, [*good, bad], tmp_path / "a", shim))
        assert result.returncode == 1 and not (tmp_path / "a").exists()
        assert bad.name in result.stderr and "Traceback" not in result.stderr

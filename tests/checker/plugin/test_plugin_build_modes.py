"""Ways to compile that reach the plugin in parts, twice, or not at all."""

import shutil
import subprocess
from pathlib import Path

import pytest
from compiling import INPUTS, X86, Toolchain
from elfsame import differences
from factsfile import ESCAPE, Unit, read_unit, read_units

HOOKS = str(INPUTS / "hooks.c")


def test_pass_plugin_alone(clang: Toolchain) -> None:
    """On 22 clang finds the rest of the plugin by itself; on 19 the IR has to do."""
    done = clang.run(f"-fpass-plugin={clang.plugin}", "-w", "-c", HOOKS, "-o", "out.o")
    assert done.returncode == 0, done.stderr
    unit = read_unit(clang.directory / "out.o")
    assert ("describe", "printf") in unit.edges()
    assert unit.scheme == ("generalized" if clang.major >= 22 else "none")


def test_both_flags_record_once(clang: Toolchain) -> None:
    both = read_units(clang.compile(f"-fpass-plugin={clang.plugin}", HOOKS))
    assert len(both) == 1
    assert both[0].scheme != "none"


def test_save_temps(clang: Toolchain) -> None:
    """Clang compiles in steps then; code and facts are as in one."""
    whole = read_unit(clang.compile("-O2", HOOKS, output="whole.o"))
    plain = clang.compile("-O2", "-save-temps", HOOKS, plugin=False)
    plain = plain.rename(clang.directory / "plain.o")
    for extra in ([], [f"-fpass-plugin={clang.plugin}"]):
        stepped = clang.compile("-O2", "-save-temps", *extra, HOOKS)
        unit = read_unit(stepped)
        assert (unit.scheme, unit.edges()) == (whole.scheme, whole.edges())
        assert [s.type for s in unit.sites] == [s.type for s in whole.sites]
        assert [a.place for a in unit.addresses] == [a.place for a in whole.addresses]
        assert differences(plain, stepped) == []


def test_bitcode_is_not_recorded_twice(clang: Toolchain) -> None:
    done = clang.run(f"-fplugin={clang.plugin}", "-w", "-emit-llvm", "-c", HOOKS, "-o", "out.bc")
    assert done.returncode == 0, done.stderr
    unit = read_unit(clang.compile(f"-fpass-plugin={clang.plugin}", "out.bc"))
    assert unit.scheme != "none"


def test_bitcode_without_facts_gets_what_the_ir_tells(clang: Toolchain) -> None:
    assert clang.run("-w", "-emit-llvm", "-c", HOOKS, "-o", "out.bc").returncode == 0
    unit = read_unit(clang.compile(f"-fpass-plugin={clang.plugin}", "out.bc"))
    assert unit.scheme == "none"
    assert unit.taken("malloc") != []


@pytest.mark.parametrize("mode", ["-flto", "-flto=thin"])
def test_link_time_optimisation(clang: Toolchain, mode: str) -> None:
    names = [f"ld.lld-{clang.major}", "ld.lld-22", "ld.lld"]  # a newer one reads older bitcode
    lld = next(filter(None, map(shutil.which, names)), None)
    assert lld, "lld is needed to link bitcode"
    one = clang.write("one.c", "void two(void);\nvoid _start(void) { two(); }")
    two = clang.write("two.c", "static int x; void two(void) { x++; }")
    objects = [
        str(clang.compile(*X86, mode, "-O2", source, output=f"{source}.o")) for source in (one, two)
    ]
    image = clang.directory / "image"
    subprocess.run([lld, "-static", *objects, "-o", str(image)], check=True)
    units = read_units(image)
    assert sorted(unit.name for unit in units) == ["one.c", "two.c"]
    assert ("_start", "two") in units[0].edges() | units[1].edges()


@pytest.mark.parametrize("strip", ["-s", "-S"])
def test_linked_image_has_one_blob_a_unit(clang: Toolchain, strip: str) -> None:
    objects = [
        str(clang.compile(*X86, clang.write(f"{n}.c", f"void {n}(void) {{}}"), output=f"{n}.o"))
        for n in ("_start", "other")
    ]
    image = clang.directory / "image"
    subprocess.run(["ld", strip, *objects, "-o", str(image)], check=True)
    assert [unit.name for unit in read_units(image)] == ["_start.c", "other.c"]


def test_syntax_only(clang: Toolchain) -> None:
    done = clang.run(f"-fplugin={clang.plugin}", "-w", "-fsyntax-only", HOOKS)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_passes_it_says_so(clang: Toolchain) -> None:
    done = clang.run(
        f"-fplugin={clang.plugin}",
        *("-w", "-c", "-O2", "-Xclang", "-disable-llvm-passes", HOOKS, "-o", "out.o"),
    )
    assert done.returncode == 0
    assert "warning: weir: no facts are recorded" in done.stderr
    assert read_units(clang.directory / "out.o") == []


def test_other_object_formats_are_left_alone(clang: Toolchain) -> None:
    source = clang.write("unit.c", "void g(void); void f(void (*p)(void)) { g(); p(); }")
    target = "--target=x86_64-apple-macos13"
    assert clang.run("-w", "-c", target, source, "-o", "plain.o").returncode == 0
    done = clang.run(f"-fplugin={clang.plugin}", "-w", "-c", target, source, "-o", "out.o")
    assert done.returncode == 0, done.stderr
    assert "object format is not ELF" in done.stderr
    plain, built = (clang.directory / name for name in ("plain.o", "out.o"))
    assert plain.read_bytes() == built.read_bytes()


def test_units_in_error_stay_clangs_business(clang: Toolchain) -> None:
    done = clang.run(f"-fplugin={clang.plugin}", "-c", clang.write("unit.c", "int f( {"))
    assert done.returncode == 1
    assert "weir" not in done.stderr.replace(str(clang.plugin), "")


HEADER = "#pragma once\nstatic inline void cb(void (*p)(int)) { p(1); }\n"
USER = '#include "h.h"\nstatic void g(int x) {}\nvoid f(void) { cb(g); }\n'


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("unit", [True, False])
def test_precompiled_header_made_with_or_without(
    clang: Toolchain, header: bool, unit: bool
) -> None:
    clang.write("h.h", HEADER)
    clang.compile("-x", "c-header", "h.h", plugin=header, output="h.pch")
    made = clang.compile(
        "-include-pch", "h.pch", clang.write("unit.c", USER), plugin=unit, output="out.o"
    )
    if unit:
        found = read_unit(made)
        assert found.sites[0].type == found.functions["g"].type != ""


CLASSES = """#pragma once
using handler = int (*)(int);
using other = int (*)(long);
inline int evil(long size) { return size != 0; }
struct Device { handler Handle = (handler)&evil; };
union Either { struct { handler A; } First; struct { other B; } Second; };
struct Base { virtual void run() {} };
struct Derived : Base { void run() override {} };
"""
MAKER = """#include "h.hpp"
int made(int x) { Device device; return device.Handle(x); }
int read(Either &either) { return either.Second.B(1); }
void call(Base &base) { base.run(); }
void calls() { Derived derived; call(derived); }
"""


def escapes(unit: Unit) -> set[str]:
    return {store.variable for store in unit.stores if store.flags & ESCAPE}


def test_classes_of_a_precompiled_header_are_as_if_they_stood_here(clang: Toolchain) -> None:
    """Nothing announces them, nor the constructors that the compiler writes for them."""
    clang.write("h.hpp", CLASSES)
    clang.compile("-x", "c++-header", "h.hpp", plugin=False, output="h.pch")
    source = clang.write("unit.cpp", MAKER)
    plain = read_unit(clang.compile(source))
    made = read_unit(clang.compile("-include-pch", "h.pch", source, output="made.o"))
    assert {a.type for a in made.taken("_Z4evill")} == {a.type for a in plain.taken("_Z4evill")}
    assert len({a.type for a in made.taken("_Z4evill")}) == 2
    assert escapes(made) == escapes(plain) != set()
    assert sorted(made.overrides) == sorted(plain.overrides) != []


def test_modules(clang: Toolchain) -> None:
    clang.write("h.h", HEADER)
    clang.write("module.modulemap", 'module H { header "h.h" export * }')
    cache = f"-fmodules-cache-path={clang.directory / 'cache'}"
    for plugin in (True, False, True):
        clang.compile("-fmodules", cache, clang.write("unit.c", USER), plugin=plugin)
    unit = read_unit(clang.directory / "out.o")
    assert ("f", "cb") in unit.edges()
    assert unit.scheme == ("generalized" if clang.major >= 22 else "none")


def test_assembly_output_carries_the_facts(clang: Toolchain) -> None:
    done = clang.run(f"-fplugin={clang.plugin}", "-w", "-S", HOOKS, "-o", "out.s")
    assert done.returncode == 0
    from_assembly = clang.compile("out.s", plugin=False)
    assert read_unit(from_assembly) == read_unit(clang.compile(HOOKS, output="direct.o"))


def test_every_byte_survives_the_assembler(clang: Toolchain, tmp_path: Path) -> None:
    """Many units, so that compressed data holds every byte that needs an escape."""
    for number in range(12):
        body = "\n".join(f"void f{number}_{i}(void) {{}}" for i in range(number * 7 + 1))
        unit = clang.facts(body, name=f"unit{number}.c")
        assert len(unit.functions) == number * 7 + 1

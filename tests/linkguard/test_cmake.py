"""`weir_guard(target)`, from a project that uses it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import linkguard
from tests.linkguard.toolchains import (
    FIXTURES,
    HOST,
    HOST_LLD,
    NANO,
    Toolchain,
    must,
    need,
    run,
)

MODULE = Path(linkguard.__file__).parent / "cmake" / "WeirLinkguard.cmake"
PROJECT = """cmake_minimum_required(VERSION 3.25)
project(guarded C)
include({module})
add_executable(good {clean})
weir_guard(good)
add_executable(bad {call})
weir_guard(bad POLICY weir.toml)
"""
LIBRARIES = """cmake_minimum_required(VERSION 3.25)
project(guarded C)
include({module})
weir_guard_library(guard)
weir_guard_library(strict POLICY weir.toml)
add_executable(good {clean})
target_link_libraries(good PRIVATE guard)
add_executable(bad {call})
target_link_libraries(bad PRIVATE strict)
"""
EITHER = pytest.mark.parametrize("project", [PROJECT, LIBRARIES], ids=["function", "target"])


def configure(
    directory: Path, clean: str, call: str, *options: str, project: str = PROJECT
) -> Path:
    need("cmake", "ninja")
    directory.mkdir()
    text = project.format(module=MODULE, clean=clean, call=call)
    (directory / "CMakeLists.txt").write_text(text)
    (directory / "weir.toml").write_text("")
    build = directory / "build"
    arguments = ["-S", directory, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=MinSizeRel"]
    arguments.append(f"-DPython3_EXECUTABLE={sys.executable}")
    result = run("cmake", *arguments, *options)
    assert result.returncode == 0, result.stderr
    return build


def check(build: Path) -> None:
    assert run("ninja", "-C", build, "good").returncode == 0
    result = run("ninja", "-C", build, "bad")
    assert result.returncode != 0
    assert "'malloc' survives: called by 'main'" in result.stdout
    assert not list(build.glob("bad*"))


@EITHER
def test_a_host_program(tmp_path: Path, project: str) -> None:
    HOST.require()
    cases = FIXTURES / "cases"
    sources = (str(cases / "clean.c"), str(cases / "call.c"))
    check(configure(tmp_path / "p", *sources, project=project))


@pytest.mark.parametrize("language", ["C", "CXX"])
def test_the_flags_fit_the_compiler_that_links(tmp_path: Path, language: str) -> None:
    """clang only warns of specs: without the shim nothing else would refuse the link."""
    HOST_LLD.require()
    need("cmake", "ninja")
    (tmp_path / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.25)\nproject(guarded {language})\ninclude({MODULE})\n"
        f"set_source_files_properties(a.c PROPERTIES LANGUAGE {language})\n"
        "add_executable(bad a.c)\nweir_guard(bad NO_SHIM)\n"
    )
    (tmp_path / "a.c").write_text(
        "#include <stdlib.h>\nvoid *volatile p;\nint main(void) { p = malloc(4); return 0; }\n"
    )
    compiler = HOST_LLD.compiler.replace("clang", "clang++" if language == "CXX" else "clang")
    options = [f"-DCMAKE_{language}_COMPILER={compiler}", f"-DPython3_EXECUTABLE={sys.executable}"]
    must("cmake", "-G", "Ninja", "-S", tmp_path, "-B", tmp_path / "b", *options)
    result = run("ninja", "-C", tmp_path / "b")
    assert result.returncode != 0
    assert "__wrap_malloc" in result.stdout


@EITHER
def test_a_firmware(tmp_path: Path, project: str) -> None:
    toolchain: Toolchain = NANO
    toolchain.require()
    sources = [f"{FIXTURES / 'start.c'} {FIXTURES / 'cases' / f'{c}.c'}" for c in ("clean", "call")]
    options = (
        "-DCMAKE_SYSTEM_NAME=Generic",
        "-DCMAKE_C_COMPILER=arm-none-eabi-gcc",
        "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY",
        f"-DCMAKE_C_FLAGS={' '.join(toolchain.flags)}",
        f"-DCMAKE_EXE_LINKER_FLAGS={' '.join(toolchain.link)}",
    )
    check(configure(tmp_path / "p", *sources, *options, project=project))


@EITHER
def test_a_policy_with_the_gate_adds_it_to_the_target(tmp_path: Path, project: str) -> None:
    HOST.require()
    main = tmp_path / "main.c"
    main.write_text(
        '#include "linkguard_gate.h"\n'
        "int main(void) { void *p = malloc_at_init(4); linkguard_seal(); return p == 0; }\n"
    )
    clean = str(FIXTURES / "cases" / "clean.c")
    build = configure(tmp_path / "p", clean, str(main), project=project)
    allow = '[[allow]]\ncaller = "malloc_at_init"\ncallee = "malloc"\nreason = "the gate"\n'
    (tmp_path / "p" / "weir.toml").write_text(allow)
    result = run("ninja", "-C", build, "bad")
    assert result.returncode == 0, result.stdout
    assert run(build / "bad").returncode == 0


def test_a_wrong_policy_stops_the_configuration(tmp_path: Path) -> None:
    need("cmake", "ninja")
    text = PROJECT.format(module=MODULE, clean="a.c", call="a.c")
    (tmp_path / "CMakeLists.txt").write_text(text)
    (tmp_path / "a.c").write_text("int main(void) { return 0; }\n")
    (tmp_path / "weir.toml").write_text("[bans]\n")
    arguments = ["-S", tmp_path, "-B", tmp_path / "b", "-G", "Ninja"]
    result = run("cmake", *arguments, f"-DPython3_EXECUTABLE={sys.executable}")
    assert result.returncode != 0
    assert "unknown table 'bans'" in result.stderr


def test_a_bad_policy_is_told_in_the_words_of_linkguard(tmp_path: Path) -> None:
    HOST.require()
    need("cmake", "ninja")
    text = PROJECT.format(module=MODULE, clean="a.c", call="b.c")
    (tmp_path / "CMakeLists.txt").write_text(text)
    (tmp_path / "weir.toml").mkdir()
    python = f"-DPython3_EXECUTABLE={sys.executable}"
    result = run("cmake", "-G", "Ninja", "-B", "build", python, cwd=tmp_path)
    said = " ".join(result.stderr.split())
    assert result.returncode != 0
    assert "weir.toml: error: cannot read the policy: is a directory" in said
    assert "linkguard: " not in said

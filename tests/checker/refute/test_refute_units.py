"""Which code `--refute` looks at, and what it says of the rest."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from building import Build
from checking import Checker
from refuting import CLANG, DECLARED, POLICY, assert_told_apart, found, refute

HEAD = "static int take(int n) { if (n) outside(malloc(1)); return n; }\n"
NOW = "int gone_now(void) { return take(0); }\n"


def test_code_without_the_calls_of_the_facts_refutes_nothing(build: Build) -> None:
    build.unit("a.c", DECLARED + HEAD + NOW)
    assert refute(build).err.endswith(", 1 refuted\n")
    again = ["--policy", "weir.toml", "--refute", "build", object_with_facts(build)]
    assert found(build.checker.run(*again)) == set()
    build.source("a.c", DECLARED + "int gone_now(void) { return 0; }\n")
    assert found(build.checker.run(*again)) == {"gone_now"}


def test_a_unit_that_clang_cannot_read_refutes_nothing(build: Build) -> None:
    build.unit("a.c", DECLARED + HEAD + NOW)
    refute(build)
    made = object_with_facts(build)
    build.source("a.c", DECLARED + HEAD + NOW + "not C;\n")
    result = build.checker.run("--policy", "weir.toml", "--refute", "build", made)
    assert found(result) == {"gone_now"}
    said = "../src/a.c: warning: nothing is refuted by this unit: clang cannot read it: "
    assert said in result.err


def test_a_unit_of_another_compiler_refutes_nothing(checker: Checker) -> None:
    """GCC may evaluate arguments from the right, and its enumerations may be short."""
    build = Build(checker, ["gcc"])
    build.unit("a.c", DECLARED + HEAD + NOW, "-O0")
    result = refute(build)
    assert found(result) == {"gone_now"}
    said = (
        "../src/a.c: warning: nothing is refuted by this unit: it is compiled by another compiler"
    )
    assert said in result.err


def test_units_that_differ_in_their_abi(build: Build) -> None:
    build.unit("a.c", DECLARED + HEAD + NOW, "-fshort-enums", "-fshort-wchar")
    text = "int gone_later(void) { return take(0); }\n"
    build.unit("b.c", DECLARED + HEAD + text)
    assert_told_apart(refute(build), NOW + text)


def object_with_facts(build: Build) -> str:
    """What a build by clang with the plugin would make of the unit."""
    plugin = Path(os.environ["WEIR_BUILD_DIR"]).absolute() / "checker" / "plugin" / "weir.so"
    command = [os.environ["WEIR_CLANG"], f"-fplugin={plugin}", "-c", "../src/a.c", "-o", "facts.o"]
    subprocess.run(command, cwd=build.directory, check=True)
    return "build/facts.o"


@pytest.mark.parametrize(
    ("where", "said"),
    [("nowhere", "nowhere"), ("weir.toml", "weir.toml")],
)
def test_commands_that_are_not_there(build: Build, where: str, said: str) -> None:
    build.unit("a.c", DECLARED + HEAD + NOW)
    build.checker.write("weir.toml", POLICY)
    result = build.check("--policy", "weir.toml", "--refute", where)
    assert result.status == 2
    assert f"{said}" in result.err and ": error: " in result.err


def test_a_source_of_two_commands_refutes_nothing(build: Build) -> None:
    build.unit("a.c", DECLARED + HEAD + NOW)
    second = {**build.entries[0], "arguments": [CLANG, "-DTWO", "-c", "../src/a.c", "-o", "2"]}
    build.checker.path("two").mkdir()
    commands = json.dumps([build.entries[0], second])
    build.checker.path("two/compile_commands.json").write_text(commands)
    build.checker.write("weir.toml", POLICY)
    result = build.check("--policy", "weir.toml", "--refute", "two")
    assert found(result) == {"gone_now"}
    said = "../src/a.c: warning: nothing is refuted by this unit: several commands compile it\n"
    assert result.err.count(said) == 2


def test_roots_of_the_whole_program_are_not_looked_at(build: Build) -> None:
    text = """int take(int n) { if (n) outside(malloc(1)); return n; }
int now(void) { return take(0); }
"""
    build.unit("a.c", DECLARED + text)
    result = refute(build, policy='[ban]\nfunctions = ["malloc"]\n[roots]\nfunctions = ["*"]\n')
    assert "'now' reaches banned function 'malloc' [weir-banned-call]" in result.errors
    assert "warning: nothing is refuted, since the policy names none of these roots" in result.err

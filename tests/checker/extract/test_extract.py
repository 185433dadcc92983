"""`weir-check -p`: facts of builds by GCC, for the host and for the cores of firmware."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from building import COMPILERS, Build
from checking import Checker

MAIN = """#include <stdlib.h>
#include <string.h>
#include "ops.h"
int main(void) { char *p = heap_ops.get(3); memset(p, 0, 3); return p[0]; }
"""
HEADER = """#include <stddef.h>
struct ops { void *(*get)(size_t); };
extern const struct ops heap_ops;
"""
OPS = """#include <stdlib.h>
#include "ops.h"
static void *grow(size_t n) { return malloc(n); }
const struct ops heap_ops = {grow};
"""


@pytest.fixture
def build(checker: Checker) -> Build:
    return Build(checker, ["gcc"])


def uses_kcfi() -> bool:
    """Before LLVM 22, types are hashes."""
    return int(os.environ.get("WEIR_LLVM", "22")) < 22


def two_units(build: Build) -> None:
    build.source("ops.h", HEADER)
    build.unit("main.c", MAIN)
    build.unit("ops.c", OPS)


@pytest.mark.parametrize("name", COMPILERS)
def test_a_path_through_a_build_by_gcc(checker: Checker, name: str) -> None:
    build = Build(checker, COMPILERS[name])
    two_units(build)
    result = build.check()
    size = "unsigned long" if name == "host" else "unsigned int"
    assert "'main' calls through a pointer of type" in result.out
    assert uses_kcfi() or f"of type 'void *({size})' a function like 'grow'" in result.out
    assert "whose address is taken in 'heap_ops' at ../src/ops.c:4:30" in result.out
    assert result.errors == ["'main' reaches banned function 'malloc' [weir-banned-call]"]
    assert "weir-check: 2 units extracted, 0 of them unchanged\n" in result.err


def test_flags_that_clang_does_not_know_are_dropped(build: Build) -> None:
    build.source("ops.h", HEADER)
    flags = ["-fno-ipa-ra", "-fipa-pta", "-fstack-usage", "-Wcast-function-type", "-Werror"]
    flags += ["--param=max-inline-insns-single=9", "--param", "max-unroll-times=2", "-flto"]
    build.unit("ops.c", OPS, *flags, "-ffat-lto-objects", "-fno-tree-loop-distribute-patterns")
    result = build.check()
    assert result.errors == ["'grow' reaches banned function 'malloc' [weir-banned-call]"]


def test_macros_and_includes_come_through(build: Build) -> None:
    build.source("forced.h", "#define ALLOCATE malloc\n")
    (build.directory / "inc").mkdir()
    (build.directory / "inc" / "size.h").write_text("#define SIZE 3\n#define TEXT_OF(x) #x\n")
    text = "#include <stdlib.h>\n#include <size.h>\nvoid *f(void) { return ALLOCATE(SIZE + N); }\n"
    build.unit("f.c", text, "-Iinc", "-D", 'N=sizeof("a b")', "-include", "../src/forced.h")
    assert build.check().errors == ["'f' reaches banned function 'malloc' [weir-banned-call]"]


@pytest.mark.parametrize(
    "flags",
    [
        ("-Wp,-DALLOCATE=malloc",),
        ("-Wp,-MMD,gone.d,-D,ALLOCATE=malloc",),
        ("-Xpreprocessor", "-DALLOCATE=malloc"),
        ("-B", "tools", "-DALLOCATE=malloc"),
    ],
)
def test_a_macro_comes_through_whichever_way_it_is_given(
    build: Build, flags: tuple[str, ...]
) -> None:
    text = "#ifdef ALLOCATE\nvoid *ALLOCATE(long);\nvoid *f(void) { return ALLOCATE(1); }\n#endif\n"
    build.unit("f.c", text, *flags, make=False)
    assert build.check().errors == ["'f' reaches banned function 'malloc' [weir-banned-call]"]
    assert not (build.directory / "gone.d").exists()


def test_a_command_as_one_string(build: Build) -> None:
    command = build.unit(
        "f.c", "#include TEXT\nvoid *f(void) { return malloc(1); }\n", "-DTEXT=<stdlib.h>"
    )
    (build.directory / "flags").write_text("-DTEXT='<stdlib.h>' -O1")
    words = [w for w in command if not w.startswith(("-D", "-O"))]
    del build.entries[0]["arguments"]
    build.entries[0]["command"] = "/usr/bin/ccache " + shlex.join(words) + " @flags"
    assert build.check().errors == ["'f' reaches banned function 'malloc' [weir-banned-call]"]


def test_cxx(checker: Checker) -> None:
    build = Build(checker, ["g++"])
    build.unit("a.cpp", "#include <vector>\nvoid f(std::vector<int> &v) { v.push_back(1); }\n")
    build.unit("b.cpp", "struct B { B(); virtual ~B(); };\nB::B() {}\nB::~B() {}\n")
    result = build.check()
    assert (
        "'f(std::vector<int, std::allocator<int>>&)' reaches banned function 'operator new(unsig"
        in (result.out)
    )
    assert "weir-incomplete-unit" not in result.out


def test_the_linked_image_need_not_hold_facts(build: Build) -> None:
    two_units(build)
    subprocess.run(["gcc", "-o", "fw", "main.c.o", "ops.c.o"], cwd=build.directory, check=True)
    policy = build.checker.write("weir.toml", "[roots]\nfunctions = ['main']\n")
    result = build.check("--policy", policy, "build/fw")
    assert "'main' reaches banned function 'malloc' [weir-banned-call]" in result.errors


def test_explain_works_on_a_build(build: Build) -> None:
    two_units(build)
    build.check()
    result = build.checker.run("explain", "-p", "build", "grow", "malloc")
    assert (result.status, result.out.count("'grow' calls 'malloc'")) == (0, 1)


def test_only_some_units(build: Build) -> None:
    two_units(build)
    build.unit("other.c", "int main(void) { return 1; }\n")
    result = build.check()
    assert (result.status, "'main' is defined in unit" in result.err) == (2, True)
    assert build.check("--only", "main.c", "--only", "ops.*").status == 1
    result = build.check("--only", "nothing.c")
    assert (result.status, "no unit is named 'nothing.c'" in result.err) == (2, True)


# What has not changed is reused.


def reused(build: Build, *options: str) -> str:
    result = build.check(*options)
    return next(line for line in result.err.splitlines() if " extracted, " in line)


def test_unchanged_units_are_reused(build: Build) -> None:
    two_units(build)
    first = build.check()
    assert reused(build) == "weir-check: 2 units extracted, 2 of them unchanged"
    assert build.check().out == first.out
    build.source("ops.c", OPS.replace("malloc(n)", "calloc(n, 1)"))
    assert reused(build) == "weir-check: 2 units extracted, 1 of them unchanged"
    assert "'calloc'" in build.check().out
    build.source("ops.h", HEADER + "/* more */\n")
    assert reused(build) == "weir-check: 2 units extracted, 0 of them unchanged"
    build.entries[0]["arguments"].insert(1, "-DX")  # type: ignore[attr-defined]
    assert reused(build) == "weir-check: 2 units extracted, 1 of them unchanged"


def test_a_damaged_cache_is_as_good_as_none(build: Build) -> None:
    two_units(build)
    first = build.check("--cache", "kept")
    for path in Path(build.checker.path("kept")).iterdir():
        path.write_bytes(path.read_bytes()[:-3])
    result = build.check("--cache", "kept")
    assert "0 of them unchanged" in result.err
    assert result.out == first.out


# What clang cannot read.

NESTED = """void *malloc(unsigned long);
int keep(int (*)(void));
void *outer(int n) {
  int inner(void) { return n; }
  keep(inner);
  return malloc(n);
}
"""


def test_a_unit_that_clang_cannot_read_has_its_objects_edges(build: Build) -> None:
    build.unit("nested.c", NESTED, "-fno-builtin")
    build.unit("main.c", "void *outer(int); int main(void) { return outer(1) != 0; }\n")
    result = build.check("--only", "nested.c", "--only", "main.c")
    assert "'main' reaches banned function 'malloc' [weir-banned-call]" in result.errors
    assert "2 units extracted, 0 of them unchanged, 1 by their objects' own edges" in result.err
    assert "../src/nested.c: warning: clang cannot read this unit, so that only the calls of '" in (
        result.err
    )


def test_assembly_has_its_objects_edges(build: Build) -> None:
    build.unit(
        "start.S", ".text\n.globl start\n.type start,@function\nstart:\n call malloc\n ret\n"
    )
    result = build.check()
    assert result.errors == ["'start' reaches banned function 'malloc' [weir-banned-call]"]
    assert "1 by their objects' own edges" in result.err


def test_a_unit_without_facts_and_object_stops_the_run(build: Build) -> None:
    build.unit("nested.c", NESTED, make=False)
    result = build.check()
    assert (result.status, result.out) == (2, "")
    assert "../src/nested.c: error: " in result.err
    assert "there is no object to take the edges from: build the project first" in result.err


def test_without_linkguard_such_a_unit_stops_the_run(build: Build) -> None:
    build.unit("nested.c", NESTED)
    result = build.check("--linkguard", "/nowhere/linkguard")
    assert (result.status, result.out) == (2, "")
    assert "'/nowhere/linkguard' cannot be run" in result.err


# The objects say whether the facts are complete.


def test_a_callee_that_the_facts_lack_is_a_finding(build: Build) -> None:
    text = "void log_it(void);\nvoid f(void) {\n#ifdef LOG\n  log_it();\n#endif\n}\n"
    build.unit("f.c", text)
    assert build.check().status == 0
    build.entries.clear()
    build.unit("f.c", text, made_with=("-DLOG",))
    result = build.check()
    assert (result.status, result.verdict) == (1, "unproven")
    assert result.errors == [
        "'f.c.o' has or calls 'log_it', of which the facts of '../src/f.c' know nothing "
        "[weir-incomplete-unit]"
    ]


def test_an_object_without_a_name_of_its_own_is_found(build: Build) -> None:
    build.unit("f.c", "void f(void) {}\n#ifdef MORE\nvoid more(void) {}\n#endif\n", make=False)
    command = build.entries[0]["arguments"] = ["gcc", "-c", "../src/f.c"]
    subprocess.run([*command, "-DMORE"], cwd=build.directory, check=True)
    assert "'f.o' has or calls 'more'" in build.check().out


def test_a_definition_that_the_facts_lack_is_a_finding(build: Build) -> None:
    text = "void f(void) {}\n#ifdef MORE\nvoid more(void) {}\n#endif\n"
    build.unit("f.c", text, made_with=("-DMORE",))
    assert "'f.c.o' has or calls 'more'" in build.check().out


@pytest.mark.parametrize("name", COMPILERS)
def test_what_compilers_call_by_themselves_is_not_missing(checker: Checker, name: str) -> None:
    build = Build(checker, COMPILERS[name])
    text = """#include <stdio.h>
struct big { char c[900]; } from, to;
double d; long long n; unsigned long long u; float x;
void f(void) { to = from; d = d * n / 3; n = n / (long long)d % 7; u = u / 5 + (n << (n & 31)); }
void g(const char *s) { x = x / 2 + n; printf("%s\\n", s); printf("x"); fprintf(stderr, "y"); }
"""
    build.unit("f.c", text)
    assert "weir-incomplete-unit" not in build.check().out


def test_units_without_an_object_are_counted(build: Build) -> None:
    build.unit("f.c", "void f(void) {}\n", make=False)
    result = build.check()
    assert result.status == 0
    assert "1 not compared with an object, since there is none" in result.err


# What is wrong is said, and is never clean.


def test_a_source_that_is_gone(build: Build) -> None:
    two_units(build)
    build.checker.path("src/ops.c").unlink()
    result = build.check()
    assert (result.status, result.out) == (2, "")
    assert result.err.endswith(
        "build/compile_commands.json: error: the source '../src/ops.c' is gone; generate it again\n"
    )


def test_a_directory_that_is_gone(build: Build) -> None:
    two_units(build)
    build.entries[1]["directory"] = str(build.checker.path("gone"))
    result = build.check()
    assert (result.status, result.out) == (2, "")
    assert "the directory '" in result.err
    assert "gone' of '../src/ops.c' is gone; generate it again" in result.err


def test_a_response_file_that_is_gone(build: Build) -> None:
    """As ninja removes them after the build: the macros in it would be missed."""
    build.unit("f.c", "void f(void) {}\n")
    build.entries[0]["arguments"].insert(1, "@f.rsp")  # type: ignore[attr-defined]
    result = build.check()
    assert (result.status, result.out) == (2, "")
    assert (
        "the response file 'f.rsp' of '../src/f.c' is gone; keep it when building (" in result.err
    )


def test_a_compiler_that_is_gone(build: Build) -> None:
    two_units(build)
    build.entries[0]["arguments"][0] = "no-such-gcc"  # type: ignore[index]
    result = build.check()
    assert (result.status, result.out) == (2, "")
    assert "../src/main.c: error: 'no-such-gcc' cannot be run: not found; install" in result.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "it is not JSON: "),
        ("{}", "it is not an array of commands; generate it again"),
        ("[]", "it holds no command; generate it again"),
        ('[{"file": "a.c"}]', "an entry lacks its directory or its file; generate it again"),
        ('[{"file": ".", "directory": "."}]', "the entry of '.' has no command; generate it again"),
    ],
)
def test_a_wrong_database(build: Build, text: str, message: str) -> None:
    (build.directory / "compile_commands.json").write_text(text)
    result = build.checker.run("-p", "build")
    assert (result.status, result.out) == (2, "")
    assert f"build/compile_commands.json: error: {message}" in result.err


def test_no_database(checker: Checker) -> None:
    result = checker.run("-p", ".")
    assert (result.status, result.out) == (2, "")
    assert "compile_commands.json: error: cannot read it: No such file or directory" in result.err


def test_a_clang_that_does_not_load_the_plugin(build: Build) -> None:
    two_units(build)
    build.checker.write("not.so", "nothing")
    result = build.check("--plugin", "not.so")
    assert (result.status, result.out) == (2, "")
    assert "does not load '" in result.err
    result = build.check("--clang", "/nowhere/clang")
    assert (result.status, result.out) == (2, "")
    assert "name the clang of this LLVM with --clang" in result.err


@pytest.mark.parametrize("jobs", ["0", "-1", "many"])
def test_a_wrong_number_of_jobs(checker: Checker, jobs: str) -> None:
    result = checker.run("-p", ".", "--jobs", jobs)
    assert (result.status, f"'{jobs}' is not a number of jobs" in result.err) == (2, True)


def test_the_number_of_jobs_changes_nothing(build: Build) -> None:
    two_units(build)
    for i in range(6):
        build.unit(
            f"u{i}.c", f"void *malloc(unsigned long); void *u{i}(void) {{ return malloc({i}); }}"
        )
    outputs = {build.check("--jobs", jobs, "--cache", f"c{jobs}").out for jobs in ("1", "2", "7")}
    assert len(outputs) == 1

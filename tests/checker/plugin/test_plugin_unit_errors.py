"""Errors for what one unit proves by itself, when it is given a policy."""

from subprocess import CompletedProcess

import pytest
from compiling import Toolchain

SOURCE = """typedef __SIZE_TYPE__ size_t;
void *malloc(size_t);
static void *leaf(void) { return malloc(3); }
static void *middle(void) {
  return leaf();
}
int main(void) { return middle() != 0; }
"""


def check(
    clang: Toolchain, policy: str, source: str = SOURCE, *args: str, name: str = "unit.c"
) -> CompletedProcess[str]:
    clang.write("weir.toml", policy)
    return clang.run(
        f"-fplugin={clang.plugin}",
        "-fplugin-arg-weir-policy=weir.toml",
        "-fno-caret-diagnostics",
        "-c",
        *args,
        clang.write(name, source),
        "-o",
        "out.o",
    )


def lines(done: CompletedProcess[str]) -> list[str]:
    return [line for line in done.stderr.splitlines() if ": error: " in line or ": note: " in line]


def test_path_from_a_named_root(clang: Toolchain) -> None:
    done = check(clang, '[roots]\nfunctions = ["main"]')
    assert done.returncode == 1
    assert lines(done) == [
        "unit.c:7:25: error: 'main' reaches banned function 'malloc' [weir-banned-call]",
        "unit.c:7:25: note: 'main' calls 'middle'",
        "unit.c:5:10: note: 'middle' calls 'leaf'",
        "unit.c:3:34: note: 'leaf' calls 'malloc'",
        'unit.c:3:34: note: remove the call, or allow it in the policy: [[allow]] caller = "leaf", '
        'callee = "malloc", reason = "..."',
    ]
    assert not (clang.directory / "out.o").exists(), "no object of a unit that is in error"


def test_whole_program_reports_the_banned_call_once(clang: Toolchain) -> None:
    done = check(clang, "")
    assert done.returncode == 1
    assert [line for line in lines(done) if "error" in line] == [
        "unit.c:3:34: error: 'leaf' reaches banned function 'malloc' [weir-banned-call]"
    ]


def test_default_is_facts_only(clang: Toolchain) -> None:
    assert clang.compile(clang.write("unit.c", SOURCE)).exists()


ALLOW = '[[allow]]\ncaller = "leaf"\ncallee = "malloc"\nreason = "start-up only"\n'


@pytest.mark.parametrize(
    "policy",
    [
        '[roots]\nfunctions = ["main"]\n' + ALLOW,
        ALLOW,
        '[roots]\nfunctions = ["main"]\n[init]\nfunctions = ["middle"]',
        '[roots]\nfunctions = ["other"]',
        "[ban]\npresets = []",
        '[roots]\nfunctions = ["@nonallocating"]',
    ],
)
def test_what_the_policy_permits(clang: Toolchain, policy: str) -> None:
    done = check(clang, policy)
    assert (done.returncode, done.stderr) == (0, "")


def test_own_ban_list_and_globs(clang: Toolchain) -> None:
    done = check(clang, '[ban]\npresets = []\nfunctions = ["mid*"]')
    assert "'main' reaches banned function 'middle'" in done.stderr
    assert "leaf" not in done.stderr, "nothing is followed beyond a banned function"


def test_nonallocating_root(clang: Toolchain) -> None:
    source = SOURCE.replace("int main", "int main(void) __attribute__((nonallocating));\nint main")
    done = check(clang, '[roots]\nfunctions = ["@nonallocating"]', source, "-Wno-everything")
    assert "'main' reaches banned function 'malloc'" in done.stderr


def test_nothing_is_proved_through_a_weak_function(clang: Toolchain) -> None:
    weak = SOURCE.replace("static void *middle", "__attribute__((weak)) void *middle")
    assert check(clang, '[roots]\nfunctions = ["main"]', weak).returncode == 0


def test_recursion_ends(clang: Toolchain) -> None:
    source = (
        "void *malloc(__SIZE_TYPE__);\nvoid b(int);\n"
        "void a(int n) { if (n) b(n - 1); }\nvoid b(int n) { a(n); malloc(n); }"
    )
    done = check(clang, '[roots]\nfunctions = ["a"]', source)
    assert lines(done)[0] == (
        "unit.c:3:24: error: 'a' reaches banned function 'malloc' [weir-banned-call]"
    )


@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("debug", ["-g0", "-g"])
def test_error_does_not_depend_on_how_it_is_compiled(
    clang: Toolchain, level: str, debug: str
) -> None:
    assert "unit.c:3:34: error: 'leaf' reaches" in check(clang, "", SOURCE, level, debug).stderr


def test_names_are_readable(clang: Toolchain) -> None:
    source = "namespace n { int *f(int) { return new int; } }"
    done = check(clang, "", source, "--target=x86_64-linux-gnu", name="unit.cpp")
    assert "'n::f(int)' reaches banned function 'operator new(unsigned long)'" in done.stderr
    assert 'caller = "_ZN1n1fEi", callee = "_Znwm"' in done.stderr, "the policy names symbols"


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("colour = 1", "error: weir.toml:1:"),
        ('[ban]\npresets = ["no-such"]', "error: weir.toml:2:"),
        ("[ban", "error: weir.toml:1:"),
    ],
)
def test_bad_policy_is_an_error(clang: Toolchain, policy: str, message: str) -> None:
    done = check(clang, policy)
    assert done.returncode == 1
    assert message in done.stderr


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("policy=missing.toml", "error: missing.toml: cannot read the policy: "),
        ("polcy=weir.toml", "error: weir: unknown plugin argument 'polcy=weir.toml'; the one it"),
        ("policy=", "error: weir: unknown plugin argument 'policy='; the one it knows is"),
    ],
)
def test_bad_argument_is_an_error(clang: Toolchain, argument: str, message: str) -> None:
    clang.write("unit.c", SOURCE)
    done = clang.run(
        f"-fplugin={clang.plugin}", f"-fplugin-arg-weir-{argument}", "-c", "unit.c", "-o", "out.o"
    )
    assert done.returncode == 1
    assert message in done.stderr
    assert "--policy" not in done.stderr, "clang has no such option"
    assert not (clang.directory / "out.o").exists()

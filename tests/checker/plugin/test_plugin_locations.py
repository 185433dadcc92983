"""Where things stand in the source, with and without debug information."""

import factsfile as facts
import pytest
from compiling import Toolchain

HOOKS = """typedef __SIZE_TYPE__ size_t;
void *malloc(size_t); void free(void *);
struct hooks { void *(*get)(size_t); void (*put)(void *); };
static struct hooks global_hooks = { malloc,
                                     free };
void *take(void) { return global_hooks.get(3); }
"""


@pytest.mark.parametrize("debug", ["-g0", "-g", "-gline-tables-only"])
def test_static_initialiser(clang: Toolchain, debug: str) -> None:
    unit = clang.facts(HOOKS, debug)
    assert [(a.function, a.holder, a.place, a.flags) for a in unit.addresses] == [
        ("malloc", "global_hooks", "unit.c:4:38", facts.IN_INITIALIZER),
        ("free", "global_hooks", "unit.c:5:38", facts.IN_INITIALIZER),
    ]
    assert unit.sites[0].place == "unit.c:6:27"
    assert unit.functions["take"].place == "unit.c:6:7"


def test_holders(clang: Toolchain) -> None:
    unit = clang.facts(
        """typedef void (*cb)(void); void a(void) {} void reg(const cb *, int);
void f(int i) {
  static cb kept[] = {a};
  const cb local[] = {a, a};
  reg(kept, i);
  reg(local, i);
}
const cb *shared = (const cb[]){a};
"""
    )
    places = {(x.holder, x.place) for x in unit.taken("a")}
    assert ("f.kept", "unit.c:3:23") in places
    assert ("f", "unit.c:4:12") in places
    assert len(places) == 3, "the compound literal holds it too"


def test_mentions_in_a_table_each_have_their_place(clang: Toolchain) -> None:
    unit = clang.facts("void a(void) {}\nvoid (*t[])(void) = {a,\n a,\n a};")
    assert [x.place for x in unit.taken("a")] == ["unit.c:2:22", "unit.c:3:2", "unit.c:4:2"]


def test_cxx_static_members_and_templates(clang: Toolchain) -> None:
    unit = clang.facts(
        """int a(int x) { return x; }
struct S { static int (*p)(int); };
int (*S::p)(int) = a;
template <class T> struct R { static inline T (*q)(T) = a; };
int run() { return R<int>::q(1) + S::p(2); }
""",
        name="unit.cpp",
    )
    assert {(x.holder, x.place) for x in unit.taken("_Z1ai")} == {
        ("_ZN1S1pE", "unit.cpp:3:20"),
        ("_ZN1RIiE1qE", "unit.cpp:4:57"),
    }


def test_line_markers_of_preprocessed_source(clang: Toolchain) -> None:
    clang.write("real.c", "void g(void);\nvoid f(void) {\n  g();\n}\n")
    assert clang.run("-E", "real.c", "-o", "real.i").returncode == 0
    unit = facts.read_unit(clang.compile("real.i"))
    assert unit.name == "real.c"
    assert unit.calls[0].place == "real.c:3:3"


@pytest.mark.parametrize("debug", ["-g0", "-g"])
def test_prefix_map(clang: Toolchain, debug: str) -> None:
    source = clang.directory / clang.write("unit.c", "void g(void);\nvoid f(void) { g(); }")
    unit = facts.read_unit(
        clang.compile(debug, f"-ffile-prefix-map={clang.directory}=/src", str(source))
    )
    assert unit.name == "/src/unit.c"
    assert unit.calls[0].place == "/src/unit.c:2:16"
    assert unit.functions["f"].place == "/src/unit.c:2:6"


def test_working_directory_leaves_no_trace(clang: Toolchain) -> None:
    """A compiler cache does not see it where there is no debug information."""
    source = str(clang.directory / clang.write("unit.c", HOOKS))
    here = clang.compile(source, output="here.o").read_bytes()
    (clang.directory / "sub").mkdir()
    inside = Toolchain(clang.clang, clang.plugin, clang.directory / "sub")
    assert inside.compile(source, output="there.o").read_bytes() == here

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
    assert ("f", "unit.c:4:23") in places
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


CALLS = """typedef int (*op)(int);
int g(int); int h(int) __asm__("real_h"); void *malloc(__SIZE_TYPE__); void sink(op);
#define TWICE(x) g(x) + \\
                 g(x)
int f(op p, int n) {
  n = g(g(
        n));
  n += TWICE(h(n));
  malloc(sizeof(g(n)));
  __builtin_malloc(_Generic(n, int: h(n), long: g(n)));
  sink(g);
  return ((int (*)(int))g)(n) + p(p(
         n)) + (p)(1);
}
"""


@pytest.mark.parametrize("flags", [("-g0",), ("-g",), ("-O2", "-fopenmp")], ids=" ".join)
def test_calls_of_c(clang: Toolchain, flags: tuple[str, ...]) -> None:
    unit = clang.facts(CALLS, *flags)
    assert sorted((c.callee, c.place) for c in unit.calls) == [
        ("g", "unit.c:12:10"),
        ("g", "unit.c:6:7"),
        ("g", "unit.c:6:9"),
        ("g", "unit.c:8:8"),
        ("g", "unit.c:8:8"),
        ("malloc", "unit.c:10:3"),
        ("malloc", "unit.c:9:3"),
        ("real_h", "unit.c:10:37"),
        ("real_h", "unit.c:8:14"),
        ("real_h", "unit.c:8:14"),
        ("sink", "unit.c:11:3"),
    ]
    assert sorted(s.place for s in unit.sites) == ["unit.c:12:33", "unit.c:12:35", "unit.c:13:16"]
    assert [(a.function, a.place) for a in unit.addresses] == [("g", "unit.c:11:8")]


CLASSES = """struct A { A(int); ~A(); int get(); A operator+(const A &) const; };
struct B { virtual ~B(); virtual int v(); A member{4}; B(); };
int g();
int before = g();
B::B() {}
int f(B *b, A *a, int (A::*m)()) {
  A local(3);
  A *heap = new A(1);
  int n = local.get() + b->v() + b->B::v() +
          (a->*m)();
  auto lambda = [&] {
    return g();
  };
  n += lambda();
  A sum = local + *heap;
  delete heap;
  delete b;
  return n;
}
"""


@pytest.mark.parametrize("debug", ["-g0", "-g"])
def test_calls_of_cxx(clang: Toolchain, debug: str) -> None:
    unit = clang.facts(CLASSES, debug, "-fno-exceptions", name="unit.cpp")
    places = {(c.caller, c.callee, c.place) for c in unit.calls}
    f = "_Z1fP1BP1AMS1_FivE"
    assert {
        (f, "_ZN1AC1Ei", "unit.cpp:7:5"),
        (f, "_ZN1AC1Ei", "unit.cpp:8:17"),
        (f, "_Znwm", "unit.cpp:8:13"),
        (f, "_ZN1A3getEv", "unit.cpp:9:17"),
        (f, "_ZN1B1vEv", "unit.cpp:9:40"),
        (f, "_ZNK1AplERKS_", "unit.cpp:15:17"),
        (f, "_ZN1AD1Ev", "unit.cpp:7:5"),
        (f, "_ZN1AD1Ev", "unit.cpp:15:5"),
        (f, "_ZN1AD1Ev", "unit.cpp:16:3"),
    } <= places
    assert ("_ZN1BC2Ev", "_ZN1AC1Ei", "unit.cpp:2:51") in places, "where the member's value stands"
    assert [p for c, callee, p in places if callee == "_Z1gv" and c.startswith("_ZZ")] == [
        "unit.cpp:12:12"
    ]
    assert ("__cxx_global_var_init", "_Z1gv", "unit.cpp:4:14") in places
    assert sorted(s.place for s in unit.sites if s.flags & facts.VIRTUAL_SITE) == [
        "unit.cpp:17:3",
        "unit.cpp:9:28",
    ]
    assert [s.place for s in unit.sites if not s.flags] == ["unit.cpp:10:11"]


def test_what_the_compiler_adds_stands_where_its_function_does(clang: Toolchain) -> None:
    unit = clang.facts(
        "struct A { ~A(); };\nstruct B { A a; ~B(); };\nB::~B() {\n}\n", name="unit.cpp"
    )
    (call,) = (c for c in unit.calls if c.callee == "_ZN1AD1Ev")
    assert (call.caller, call.place) == ("_ZN1BD2Ev", "unit.cpp:3:4")

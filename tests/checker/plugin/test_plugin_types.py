"""Exact C types of indirect calls and of the functions they may reach."""

import factsfile as facts
import pytest
from compiling import Toolchain

DECLARATIONS = """
typedef void (*callback)(int);
void reg(callback); void reg_any(void *); void reg_number(unsigned long);
int f(void *p) { return !p; }
void h(int x) {}
"""


def test_site_and_target_have_one_type(clang: Toolchain) -> None:
    unit = clang.facts(
        """
        static int add(int a, long b) { return a + (int)b; }
        static int not_it(long a, int b) { return b + (int)a; }
        int (*table[])(int, long) = {add};
        int (*other)(long, int) = not_it;
        int run(int i) { return table[i](1, 2); }
        """
    )
    (site,) = unit.sites
    assert site.type != ""
    assert unit.functions["add"].type == site.type == unit.taken("add")[0].type
    assert unit.functions["not_it"].type != site.type


def test_types_agree_between_units(clang: Toolchain) -> None:
    struct = "struct s { int a; }; typedef struct s t;"
    one = clang.facts(struct + "void f(struct s *p, char c) {} void (*p)(t *, char) = f;")
    two = clang.facts(struct + "void run(void (*p)(t *, char)) { p(0, 1); }", name="two.c")
    assert one.functions["f"].type == two.sites[0].type != ""


def test_declared_function_has_its_type(clang: Toolchain) -> None:
    unit = clang.facts("void *malloc(unsigned long);\nvoid *(*hook)(unsigned long) = malloc;")
    assert unit.functions["malloc"].type == unit.taken("malloc")[0].type != ""


def test_cast_is_taken_as_the_new_type(clang: Toolchain) -> None:
    unit = clang.facts(DECLARATIONS + "void use(void) { reg((callback)f); reg(h); }")
    as_callback = unit.functions["h"].type
    assert {a.type for a in unit.taken("f")} == {unit.functions["f"].type, as_callback}
    assert {a.flags for a in unit.taken("f")} == {0}


def test_cast_in_an_initialiser(clang: Toolchain) -> None:
    unit = clang.facts(DECLARATIONS + "callback table[] = {h, (callback)f};")
    (taken,) = unit.taken("f")
    assert (taken.type, taken.holder) == (unit.functions["h"].type, "table")
    assert (taken.flags, taken.place) == (facts.IN_INITIALIZER, "unit.c:6:34")


def test_cast_through_a_choice(clang: Toolchain) -> None:
    unit = clang.facts(DECLARATIONS + "void use(int c) { reg(c ? (callback)f : h); }")
    assert unit.functions["h"].type in {a.type for a in unit.taken("f")}


def test_cast_to_what_is_no_function_is_opaque(clang: Toolchain) -> None:
    unit = clang.facts(
        DECLARATIONS + "void use(void) { reg_any((void *)f); reg_number((unsigned long)h); }\n"
        'struct { const char *name; void *at; } commands[] = {{"h", (void *)h}};'
    )
    for name in ("f", "h"):
        assert next(a.type for a in unit.taken(name) if a.flags & facts.OPAQUE) == ""
    assert facts.OPAQUE | facts.IN_INITIALIZER in [a.flags for a in unit.taken("h")]


def test_unprototyped(clang: Toolchain) -> None:
    unit = clang.facts(
        "int old() { return 1; }\nint run(int (*p)()) { return p(3) + old(1, 2); }", "-std=c99"
    )
    (site,) = unit.sites
    if unit.scheme == "generalized":
        assert unit.functions["old"].flags & facts.NO_PROTOTYPE
        assert site.flags == facts.NO_PROTOTYPE_SITE
        assert unit.functions["old"].type == site.type
    else:
        assert site.type == "", "kCFI gives such a call no type: any function may be meant"


def test_virtual_calls(clang: Toolchain) -> None:
    unit = clang.facts(
        """
        struct B { virtual int f(int); virtual ~B(); };
        int B::f(int x) { return x; }
        B::~B() {}
        int run(B *b) { return b->f(3); }
        int plain(int (*const *p)(int)) { return (*p)(3); }
        """,
        name="unit.cpp",
    )
    flags = {s.caller: s.flags for s in unit.sites}
    assert flags["_Z3runP1B"] == facts.VIRTUAL_SITE
    assert flags["_Z5plainPKPFiiE"] == 0
    (taken,) = unit.taken("_ZN1B1fEi")
    assert (taken.holder, taken.flags) == ("_ZTV1B", facts.IN_INITIALIZER)


def test_private_types_are_unknown(clang: Toolchain) -> None:
    """A type that other units cannot name has no name to compare."""
    unit = clang.facts(
        "namespace { struct Z { int a; }; void zz(Z) {} void (*p)(Z) = zz; }\n"
        "void run() { p(Z{1}); }",
        name="unit.cpp",
    )
    (site,) = unit.sites
    taken = unit.taken("_ZN12_GLOBAL__N_12zzENS_1ZE")[0]
    assert taken.type == site.type
    assert (site.type == "") == (unit.scheme == "generalized")


# Casts of pointers that are not a function's name.

POINTERS = """
typedef int (*from)(long);
typedef void (*to)(int);
extern to taken;
extern void reg(to);
extern void *any;
static int own(long x) { return (int)x; }
static void theirs(int x) {}
from make(void) { return own; }
to want(void) { return theirs; }
"""


def casts(clang: Toolchain, source: str, *args: str, name: str = "unit.c") -> list[tuple[str, str]]:
    """The casts of a text after POINTERS, with `from` and `to` in the place of those types."""
    unit = clang.facts(POINTERS + source, *args, name=name)
    word = {"": "-"}
    for function, text in (("own", "from"), ("theirs", "to")):
        (known,) = [f for n, f in unit.functions.items() if function in n]
        assert known.type
        word[known.type] = text
    return [(word.get(c.source, "?"), word.get(c.to, "?")) for c in unit.casts]


@pytest.mark.parametrize(
    "text",
    [
        "void f(from p) { taken = (to)p; }",
        "void f(from p) { reg(p); }",
        "to f(from p) { return p; }",
        "void f(from p) { to q = p; q(1); }",
        "void f(from p) { taken = (to)(void *)p; }",
        "void f(from p) { taken = (to)(unsigned long)p; }",
        "void f(from p) { taken = (to)*p; }",
        "void f(from *p) { ((to)p[1])(2); }",
        "struct s { from p; }; void f(struct s *s) { taken = ((to)((s->p))); }",
        "void f(int c, from p, from q) { taken = (to)(c ? p : q); }",
        "void f(int c, from p) { taken = c ? (to)p : taken; }",
        "void f(void) { taken = (to)make(); }",
        "void f(from p) { taken = (to)(any = 0, p); }",
        "void f(from p) { static int n; struct { to t; } s = {(to)p}; s.t(n); }",
    ],
)
def test_pointer_cast(clang: Toolchain, text: str) -> None:
    assert casts(clang, text, "-Wno-incompatible-function-pointer-types", "-std=gnu11") == [
        ("from", "to")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "struct S { to t; S(from p) : t((to)p) {} }; S s(make());",
        "from made(); struct S { to t = (to)made(); }; S s;",
        "void h(to t = (to)make()); void f() { h(); }",
        "to t = reinterpret_cast<to>(make());",
        "void f(from p) { taken = reinterpret_cast<to &>(p); }",
        "void f(int (&p)(long)) { taken = (to)p; }",
        "template <class T> to pass(T p) { return (to)p; } to f(from p) { return pass(p); }",
        "auto l = [](from p) { return (to)p; }; to f(from p) { return l(p); }",
        "struct T { operator from(); }; to f(T t) { return (to)(from)t; }",
    ],
)
def test_pointer_cast_in_cxx(clang: Toolchain, text: str) -> None:
    assert casts(clang, text, name="unit.cpp") == [("from", "to")]


@pytest.mark.parametrize(
    "text",
    [
        "void f(from p) { any = p; }",
        "void f(from p) { any = (void *)p; }",
        "void f(from p) { extern unsigned long number; number = (unsigned long)p; }",
        "void f(from p) { any = (void *)(to)p; }",
    ],
)
def test_pointer_that_loses_its_type(clang: Toolchain, text: str) -> None:
    assert casts(clang, text) == [("from", "-")]


@pytest.mark.parametrize(
    "text",
    [
        "void f(void) { taken = (to)own; }",
        "void f(void) { taken = (to)&own; any = (void *)own; }",
        "void f(void) { taken = (to)0; taken = (to)(from)0; }",
        "void f(to p) { taken = (to)p; taken = p; }",
        "void f(from p) { any = (void *)&p; (void)p; }",
        "void f(from p) { if (p) p(1); }",
    ],
)
def test_no_pointer_cast(clang: Toolchain, text: str) -> None:
    assert casts(clang, text) == []


def test_pointer_cast_is_there_once_at_its_first_place(clang: Toolchain) -> None:
    unit = clang.facts(
        "typedef int (*from)(long);\ntypedef void (*to)(int);\n"
        "to f(from p) {\n  return (to)p;\n}\nto g(from p) { return (to)p; }\n"
        "void *h(from p) { return (void *)p; }\n"
    )
    assert [(c.place, c.to == "") for c in unit.casts] == [
        ("unit.c:4:14", False),
        ("unit.c:7:34", True),
    ]


def test_pointer_cast_of_a_type_without_prototype(clang: Toolchain) -> None:
    unit = clang.facts(
        "void f(void (*p)(), int (*q)(long), int (**a)(long), void (**b)())"
        " { *a = (int (*)(long))p; *b = (void (*)())q; }",
        "-std=c99",
    )
    assert [c.flags for c in unit.casts] == [facts.FROM_NO_PROTOTYPE, facts.TO_NO_PROTOTYPE]


def test_compatible_types_of_c_that_differ(clang: Toolchain) -> None:
    """No conversion happens between the two, and yet calls through one type reach the other's."""
    unit = clang.facts(
        "enum e { A }; extern void (*p)(enum e); extern void (*q)(unsigned);\n"
        "static void named(enum e x) {}\nvoid f(void) { q = p; q = named; }"
    )
    (cast,) = unit.casts
    assert cast.source == unit.functions["named"].type
    assert cast.to in {a.type for a in unit.taken("named")}


def test_noexcept_is_no_other_type(clang: Toolchain) -> None:
    unit = clang.facts(
        "void g() noexcept; void (*p)() = g; void f(void (*q)() noexcept) { p = q; p = g; }",
        "-std=c++17",
        name="unit.cpp",
    )
    assert unit.casts == []
    assert len(unit.taken("_Z1gv")) == 2


SIZES = """#include <stdarg.h>
static int (*volatile hook)(int);
static int grab(long size) { return size != 0; }
#define SIZE (hook = (int (*)(int))grab) ? n : 1
"""


@pytest.mark.parametrize(
    "text",
    [
        "int f(int n) { int a[SIZE]; return sizeof a; }",
        "int f(int n, int a[SIZE]) { return *a; }",
        "int f(int n, int (*a)[SIZE]) { return **a; }",
        "int f(int n) { return sizeof(int[SIZE]); }",
        "int f(int n) { typedef int row[SIZE]; row *p = 0; return p == 0; }",
        "int f(int n, void *p) { return **(int(*)[SIZE])p; }",
        "int f(int n) { int(*p)[] = (int(*[1])[SIZE]){0}[0]; return p == 0; }",
        "int f(int n, ...) { va_list l; va_start(l, n); return **va_arg(l, int(*)[SIZE]); }",
        "int f(int n) { _Atomic(int(*)[SIZE]) p = 0; return p == 0; }",
        "int f(int n) { int (*(^p)(void))[SIZE]; return sizeof p; }",
        "void f(void) { (void)^(int n, int a[SIZE]) { return *a; }; }",
    ],
)
def test_sizes_of_arrays_are_walked_wherever_a_type_is_evaluated(
    clang: Toolchain, text: str
) -> None:
    unit = clang.facts(SIZES + text, "-fblocks", "-w")
    assert len({address.type for address in unit.taken("grab")}) == 2


def test_sizes_that_are_not_evaluated_are_no_calls(clang: Toolchain) -> None:
    text = "int size(void);\nint f(void) { int r = _Alignof(int[size()]);\nreturn r +\nsize(); }"
    unit = clang.facts(text, "-w")
    assert [call.place for call in unit.calls] == ["unit.c:4:1"]

"""Pointers to functions in memory: lost and found types, unions, `...`, and what variables hold."""

import factsfile as facts
import pytest
from compiling import Toolchain

TYPES = """typedef int (*t)(long); typedef void (*u)(int); typedef __UINTPTR_TYPE__ word;
int own(long x) { return 0; } extern t marker_t; extern u marker_u;
void theirs(int x) {} void markers(void) { marker_t = own; marker_u = theirs; }
void *memcpy(void *, const void *, __SIZE_TYPE__); int printf(const char *, ...);
"""


def named(unit: facts.Unit) -> dict[str, str]:
    types = {unit.functions["own"].type: "t", unit.functions["theirs"].type: "u"}
    assert "" not in types
    return types | {"": "-"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("u f(void *p) { return (u)p; }", ("-", 0, "u")),
        ("u f(word p) { return (u)p; }", ("-", facts.THROUGH_INTEGER, "u")),
        ("word f(t p) { return (word)p; }", ("t", facts.THROUGH_INTEGER, "-")),
        ("void *f(t p) { return (void *)p; }", ("t", 0, "-")),
        ("u f(t p) { return (u)(word)p; }", ("t", 0, "u")),
    ],
)
def test_lost_and_found_types(clang: Toolchain, text: str, expected: tuple[str, int, str]) -> None:
    unit = clang.facts(TYPES + text)
    word = named(unit)
    assert [(word[c.source], c.flags, word[c.to]) for c in unit.casts] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "u f(void) { return (u)1; }",
        "u f(void) { return (u)(void *)0; }",
        "void f(t p) { if ((word)0) p(1); }",
    ],
)
def test_constants_hide_no_function(clang: Toolchain, text: str) -> None:
    assert clang.facts(TYPES + text).casts == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("void f(t *p, void *q) { *(void **)p = q; }", {("t", facts.BY_POINTER)}),
        ("t x; void f(void *q) { memcpy(&x, q, sizeof x); }", {("t", facts.BY_POINTER)}),
        ("t f(void *q) { return *(t *)q; }", {("t", facts.BY_POINTER)}),
        (
            "u f(t *q) { return *(u *)q; }",
            {("t", facts.BY_POINTER), ("u", facts.BY_POINTER)},
        ),
        (
            "union any { t a; void *b; }; void f(union any *x, t p) { x->a = p; }",
            {("t", facts.BY_UNION)},
        ),
        (
            "union any { struct { u a; } in; word b; }; void f(union any *x) { x->in.a(1); }",
            {("u", facts.BY_UNION)},
        ),
        ('void f(t p) { printf("%p", p); }', {("t", facts.VARIADIC)}),
        (
            "t f(int n, ...) { __builtin_va_list l; __builtin_va_start(l, n);"
            " return __builtin_va_arg(l, t); }",
            {("t", facts.FETCHED)},
        ),
        ("t f(t *p) { return *p; }", set()),
        ("t f(t *const *p) { return **(t **)p; }", set()),
        ('void f(t p, t q) { printf("%d", p(1)); p = q; }', set()),
    ],
)
def test_types_that_change_in_memory(
    clang: Toolchain, text: str, expected: set[tuple[str, int]]
) -> None:
    unit = clang.facts(TYPES + text)
    word = named(unit)
    assert {(word[t], flags) for t, flags, _ in unit.retypes} == expected


RECORDS = """typedef int (*cb)(long); int a(long x) { return 0; } int b(long x) { return 1; }
struct ops { cb one, two; cb many[2]; };
struct dev { struct ops *ops; cb hook; };
"""


def stores(unit: facts.Unit) -> set[tuple[str, str, int]]:
    return {(s.variable, s.value, s.flags) for s in unit.stores}


INITIALIZER = facts.IN_INITIALIZER


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "const struct ops o = {a, .many = {b, 0}};",
            {("ops.one", "a", INITIALIZER), ("ops.many", "b", INITIALIZER)},
        ),
        (
            "struct ops list[] = {{.two = a}, {.two = &b}};",
            {("ops.two", "a", INITIALIZER), ("ops.two", "b", INITIALIZER)},
        ),
        ("cb hook = a;", {("hook", "a", INITIALIZER)}),
        ("int f(int x) { static cb kept[] = {a, b}; return kept[x](1); }",
         {("f.kept", "a", INITIALIZER), ("f.kept", "b", INITIALIZER)}),
        ("void f(struct ops *o) { o->one = a; o->many[1] = b; }",
         {("ops.one", "a", 0), ("ops.many", "b", 0)}),
        ("void f(struct dev *d, int n) { d->hook = n ? a : 0; }", {("dev.hook", "a", 0)}),
        ("void f(struct dev *d, cb c) { d->hook = c; }", {("dev.hook", "", facts.UNKNOWN_STORE)}),
        ("cb g; void f(struct dev *d) { d->hook = d->ops->two; g = d->hook; }",
         {("dev.hook", "ops.two", 0), ("g", "dev.hook", 0)}),
        ("void f(void) { struct ops o = {.one = b}; o.one(1); }", {("ops.one", "b", 0)}),
        ("cb *f(struct ops *o) { return &o->one; }", {("ops.one", "", facts.ESCAPE)}),
        ("cb *f(struct ops *o) { return o->many; }", {("ops.many", "", facts.ESCAPE)}),
        ("cb g; cb *f(void) { return &g; }", {("g", "", facts.ESCAPE)}),
        (
            "struct like { cb x; }; struct like *f(struct dev *d) { return (struct like *)d; }",
            {("like.x", "", facts.ESCAPE), ("dev.hook", "", facts.ESCAPE)},
        ),
        (
            "struct more { struct dev d; int n; }; void f(struct dev *d)"
            " { ((struct more *)d)->n = 1; }",
            set(),
        ),
        (
            "union any { struct dev d; word w; }; int f(struct dev *d) { return d->hook(1); }",
            {("dev.hook", "", facts.ESCAPE)},
        ),
        ("void f(struct dev *d, struct dev *e) { *d = *e; d->hook = 0; }", set()),
        ("void f(struct dev *d) { d->hook = *(cb *)0x100; }",
         {("dev.hook", "", facts.UNKNOWN_STORE)}),
        ("static int o(long) __attribute__((weakref(\"away\")));"
         " void f(struct dev *d) { d->hook = o; }", {("dev.hook", "", facts.UNKNOWN_STORE)}),
    ],
)  # fmt: skip
def test_stores(clang: Toolchain, text: str, expected: set[tuple[str, str, int]]) -> None:
    unit = clang.facts("typedef __UINTPTR_TYPE__ word;\n" + RECORDS + text)
    assert stores(unit) == expected


def test_stores_of_captured_statements(clang: Toolchain) -> None:
    text = "void f(struct dev *d) {\n#pragma omp simd\nfor (int i = 0; i < 2; i++) d->hook = a; }"
    assert stores(clang.facts(RECORDS + text, "-fopenmp-simd")) == {("dev.hook", "a", 0)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int f(struct dev *d) { return d->hook(1); }", [{"dev.hook"}]),
        ("int f(struct dev *d) { return (*d->ops->one)(1); }", [{"ops.one"}]),
        ("int f(struct dev *d, int i) { return d->ops->many[i](1); }", [{"ops.many"}]),
        ("cb g; int f(void) { return g(1); }", [{"g"}]),
        (
            "int f(struct dev *d) { return d->hook(1) + d->ops->one(2); }",
            [{"dev.hook", "ops.one"}, {"dev.hook", "ops.one"}],
        ),
        ("int f(struct dev *d, cb c) { return d->hook(1) + c(2); }", [set(), set()]),
        (
            "int f(struct dev *d, void (*c)(void)) { c(); return d->hook(1); }",
            [set(), {"dev.hook"}],
        ),
        ("union x { cb c; int i; }; int f(union x *p) { return p->c(1); }", [set()]),
        ("int f(struct dev *d) { return ((int (*)(int))d->hook)(1); }", [set()]),
    ],
)
def test_sources_of_sites(clang: Toolchain, text: str, expected: list[set[str]]) -> None:
    unit = clang.facts(RECORDS + text)
    assert [{v for s, v in unit.sources if s == site} for site in unit.sites] == expected


def test_records_without_a_tag(clang: Toolchain) -> None:
    unit = clang.facts(
        "void a(void) {}\ntypedef struct { void (*f)(void); } named;\nnamed n = {a};\n"
        "struct { void (*f)(void); } o = {a};\n"
    )
    assert {s.variable for s in unit.stores} == {"named.f", "unit.c:4:1.f"}


def test_members_and_constants_of_cxx(clang: Toolchain) -> None:
    unit = clang.facts(
        """typedef int (*cb)(int); int a(int x) { return x; } int b(int x) { return x; }
namespace n { struct S { cb one; cb two = b; S(cb c) : one(c) {} S() : one(a) {} }; }
struct T { cb f; constexpr T(cb c) : f(c) {} };
constexpr T made(a); int run(n::S &s) { n::S t; return s.one(1) + made.f(2); }
""",
        name="unit.cpp",
    )
    found = stores(unit)
    assert {("n::S.one", "_Z1ai", 0), ("n::S.two", "_Z1bi", 0)} <= found
    assert ("T.f", "", facts.ESCAPE) in found, "clang computed it, and no code was made"


HIERARCHY = """struct A { virtual ~A(); virtual int f(); virtual int g() const = 0; };
struct B : A { int f() override; int g() const override; };
struct C final : B { ~C(); int f() final; };
struct Unused : A { int f() override { return 9; } int g() const override { return 9; } };
A::~A() {} int A::f() { return 1; } int B::f() { return 2; } int B::g() const { return 3; }
C::~C() {} int C::f() { return 4; }
int use(A *a) { return a->f() + a->g() + a->A::f(); }
void end(A *a) { delete a; }
int make() { C c; return use(&c); }
struct D { virtual int operator+(int) { return 5; } } d;
int add(D *x) { return *x + 1; }
"""


def test_class_hierarchy(clang: Toolchain) -> None:
    unit = clang.facts(HIERARCHY, name="unit.cpp")
    calls = {(site.caller, method) for site, method in unit.virtual_calls}
    assert {c for c in calls if c[0] == "_Z3useP1A"} == {
        ("_Z3useP1A", "_ZN1A1fEv"),
        ("_Z3useP1A", "_ZNK1A1gEv"),
    }
    assert ("_Z3endP1A", "_ZN1AD0Ev") in calls
    assert all(s.flags == facts.VIRTUAL_SITE for s, _ in unit.virtual_calls)
    overrides = set(unit.overrides)
    assert len(overrides) == len(unit.overrides)
    assert {
        ("_ZN1B1fEv", "_ZN1A1fEv"),
        ("_ZN1C1fEv", "_ZN1B1fEv"),
        ("_ZNK1B1gEv", "_ZNK1A1gEv"),
        ("_ZN1CD0Ev", "_ZN1BD0Ev"),
    } <= overrides
    assert not [o for o in overrides if "Unused" in o[0]]
    assert {("_ZN1A1fEv", ""), ("_ZN1DplEi", "")} <= overrides, "they override none"
    assert ("_Z3addP1D", "_ZN1DplEi") in calls
    assert ("", "_ZTV1D") in unit.instances, "made by a static initialiser"
    assert {("_ZN1CC2Ev", "_ZTV1C"), ("_ZN1BC2Ev", "_ZTV1B")} <= set(unit.instances)
    assert "_ZTV6Unused" not in {table for _, table in unit.instances}


def test_own_functions_have_a_type_where_it_matters(clang: Toolchain) -> None:
    unit = clang.facts(
        "static int called(int x) { return x; } static int kept(int x) { return x; }\n"
        "__attribute__((used)) static int used(int x) { return x; }\n"
        "int (*p)(int) = kept; int shown(int x) { return called(x); }"
    )
    typed = {name for name, f in unit.functions.items() if f.type}
    assert typed - {"used"} == {"kept", "shown"}
    assert "used" in typed or unit.scheme == "kcfi", "kCFI has no type where no address is taken"

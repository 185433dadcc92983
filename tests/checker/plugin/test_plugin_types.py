"""Exact C types of indirect calls and of the functions they may reach."""

import factsfile as facts
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
    unit = clang.facts("int old();\nint run(int (*p)()) { return p(3) + old(1, 2); }", "-std=c99")
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

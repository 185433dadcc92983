"""What the facts say about a unit: functions, calls, sites, addresses, aliases, annotations."""

import factsfile as facts
import pytest
from compiling import THUMB, X86, Toolchain


def test_unit_says_what_it_is(clang: Toolchain) -> None:
    unit = clang.facts("int f(void) { return 0; }", *THUMB)
    assert (unit.kind, unit.name) == (0, "unit.c")
    assert unit.triple.startswith("thumbv7m-")
    assert unit.scheme == ("generalized" if clang.major >= 22 else "kcfi")
    assert unit.producer.startswith(f"clang {clang.major}.")


def test_direct_calls_with_places(clang: Toolchain) -> None:
    unit = clang.facts("void g(void);\nstatic void f(void) {\n  g();\n}\nvoid h(void) { f(); }")
    assert sorted((c.caller, c.callee, c.place) for c in unit.calls) == [
        ("f", "g", "unit.c:3:3"),
        ("h", "f", "unit.c:5:16"),
    ]
    assert unit.functions["f"].flags == facts.DEFINED | facts.LOCAL
    assert unit.functions["f"].place == "unit.c:2:13"
    assert unit.functions["g"].flags == 0
    assert unit.functions["g"].place == ""


def test_calls_that_optimisation_would_delete(clang: Toolchain) -> None:
    """The same facts at every level: what is inlined or folded later was a call here."""
    source = "void g(void);\nstatic inline void f(void) { g(); }\nvoid h(void) { f(); }"
    assert {("h", "f"), ("f", "g")} <= clang.facts(source, "-O3").edges()
    assert {("h", "f"), ("f", "g")} <= clang.facts(source, "-O0").edges()


def test_linkage_flags(clang: Toolchain) -> None:
    unit = clang.facts(
        """
        __attribute__((weak)) void weak_defined(void) {}
        extern void weak_undefined(void) __attribute__((weak));
        __attribute__((constructor)) static void starts(void) { weak_undefined(); }
        __attribute__((destructor)) static void ends(void) {}
        __attribute__((used)) static void used(void) {}
        __attribute__((used, section(".vectors"))) void (*const vectors[])(void) = {starts};
        """
    )
    flags = {name: function.flags for name, function in unit.functions.items()}
    assert flags["weak_defined"] == facts.DEFINED | facts.WEAK
    assert flags["weak_undefined"] == facts.WEAK
    assert flags["starts"] == facts.DEFINED | facts.LOCAL | facts.CONSTRUCTOR
    assert flags["ends"] == facts.DEFINED | facts.LOCAL | facts.CONSTRUCTOR
    assert flags["used"] == facts.DEFINED | facts.LOCAL | facts.RETAINED
    assert [a.holder for a in unit.taken("starts")] == ["vectors"]


def test_inline_functions_are_comdat(clang: Toolchain) -> None:
    unit = clang.facts(
        "inline int f() { return 1; }\ntemplate <class T> T g(T x) { return x; }\n"
        "int h() { return f() + g(1); }",
        name="unit.cpp",
    )
    assert unit.functions["_Z1fv"].flags == facts.DEFINED | facts.COMDAT
    assert unit.functions["_Z1gIiET_S0_"].flags == facts.DEFINED | facts.COMDAT


def test_inlined_copy_is_marked(clang: Toolchain) -> None:
    source = "void g(void);\ninline void f(void) { g(); }\nvoid h(void) { f(); }"
    unit = clang.facts(source, "-O2", "-std=c11")
    assert unit.functions["f"].flags == facts.DEFINED | facts.AVAILABLE_EXTERNALLY
    assert ("f", "g") in unit.edges()


def test_effects_and_annotations(clang: Toolchain) -> None:
    unit = clang.facts(
        """
        void pure_of_heap(void) __attribute__((nonallocating)) {}
        void real_time(void) __attribute__((nonblocking)) {}
        void takes(void) __attribute__((allocating));
        __attribute__((annotate("weir_init"))) void boot(void) { takes(); }
        """
    )
    assert unit.functions["pure_of_heap"].flags & facts.NONALLOCATING
    assert unit.functions["real_time"].flags & facts.NONALLOCATING
    assert unit.functions["takes"].flags == facts.ALLOCATING
    assert unit.annotations == [("boot", "weir_init")]
    assert unit.taken("boot") == [], "an annotation takes no address"


def test_aliases_and_ifuncs(clang: Toolchain) -> None:
    unit = clang.facts(
        """
        void f(void) {}
        extern void g(void) __attribute__((alias("f")));
        static void (*choose(void))(void) { return f; }
        void h(void) __attribute__((ifunc("choose")));
        void k(void) { g(); h(); }
        """,
        *X86,
    )
    assert sorted(unit.aliases) == [("g", "f", 0), ("h", "choose", facts.IFUNC)]
    assert {("k", "g"), ("k", "h")} <= unit.edges()
    assert unit.functions["g"].flags & facts.DEFINED
    assert [a.holder for a in unit.taken("f")] == ["choose"]


ARM_ASM = {
    "cpsid i": False,
    "dmb; isb": False,
    "1: ldrex r0, [r1]\\n bne 1b": False,
    "bic r0, r0, #1": False,
    "": False,
    "bl malloc": True,
    "blx r3": True,
    "b elsewhere": True,
    "ldr pc, [r0]": True,
    "pop {r4, pc}": True,
    "svc 0": True,
    ".word 0x4770": True,
}
X86_ASM = {
    "nop": False,
    "lock; incl (%%rax)": False,
    "1: dec %%ecx\\n jnz 1b": False,
    "call malloc": True,
    "jmp *%%rax": True,
}


@pytest.mark.parametrize(
    ("target", "text", "leaves"),
    [(THUMB, text, leaves) for text, leaves in ARM_ASM.items()]
    + [(X86, text, leaves) for text, leaves in X86_ASM.items()],
)
def test_inline_assembly(
    clang: Toolchain, target: tuple[str, ...], text: str, leaves: bool
) -> None:
    source = f'void f(void) {{ __asm__ volatile("{text}" ::: "memory"); }}'
    unit = clang.facts(source, *target)
    assert [(s.caller, s.flags) for s in unit.sites] == ([("f", facts.ASM_SITE)] if leaves else [])


def test_object_without_functions(clang: Toolchain) -> None:
    unit = clang.facts("int x;")
    assert (unit.functions, unit.calls) == ({}, [])


def test_cxx_runtime_calls(clang: Toolchain) -> None:
    """Calls that stand nowhere in the source: operator new, throwing, static initialisation."""
    unit = clang.facts(
        """
        struct A { A(); ~A(); };
        static A a;
        A *make() { return new A; }
        void fail() { throw 1; }
        """,
        *X86,
        name="unit.cpp",
    )
    assert {("_Z4makev", "_Znwm"), ("_Z4failv", "__cxa_allocate_exception")} <= unit.edges()
    start = unit.functions["_GLOBAL__sub_I_unit.cpp"]
    assert start.flags & facts.CONSTRUCTOR
    (initialiser,) = [c for a, c in unit.edges() if a == start.name]
    assert (initialiser, "_ZN1AC1Ev") in unit.edges()

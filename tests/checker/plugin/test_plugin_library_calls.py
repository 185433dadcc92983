"""Calls of functions the compiler knows, of which it makes something else than a call."""

import factsfile as facts
from compiling import THUMB, Toolchain

DECLARED = """typedef __SIZE_TYPE__ size_t;
void *memcpy(void *, const void *, size_t); void *memset(void *, int, size_t);
void bzero(void *, size_t);
double floor(double); double fmod(double, double); float fmaxf(float, float);
struct record { int x[40]; };
void use(void *);
"""


def lowered(unit: facts.Unit) -> list[tuple[str, str, str]]:
    """Such calls, with the line after what is declared."""
    first = DECLARED.count("\n")
    return [
        (c.caller, c.callee, str(int(c.place.split(":")[1]) - first))
        for c in unit.calls
        if c.flags & facts.BUILTIN
    ]


def test_memory_functions(clang: Toolchain) -> None:
    unit = clang.facts(
        DECLARED
        + """void f(char *a, const char *b, size_t n) { memcpy(a, b, n); }
void g(char *a, size_t n) {
  __builtin_memmove(a, a + 1, n);
  __builtin___memcpy_chk(a, a + n, 8, 100);
  bzero(a, 8);
  memset(a, 0, n);
}
""",
        *THUMB,
    )
    assert lowered(unit) == [
        ("f", "memcpy", "1"),
        ("g", "memmove", "3"),
        ("g", "memcpy", "4"),
        ("g", "bzero", "5"),
        ("g", "memset", "5"),
        ("g", "memset", "6"),
    ]


def test_mathematics(clang: Toolchain) -> None:
    unit = clang.facts(
        DECLARED + "double f(double x, float y) { return floor(x) + fmod(x, 2) + fmaxf(y, 1)"
        " + __builtin_fmal(x, x, x); }",
        "-fno-math-errno",
    )
    callees = [callee for _, callee, _ in lowered(unit)]
    assert callees == ["floor", "fmod", "fmaxf", "fmal"]


def test_what_the_compiler_copies_is_no_call(clang: Toolchain) -> None:
    """And neither is what it computes, leaves out, or writes out because it was told to."""
    unit = clang.facts(
        DECLARED
        + """void copy(struct record *a, struct record *b) { *a = *b; }
void clear(void) { struct record r = {0}; use(&r); }
size_t size(void) { return __builtin_strlen("abc") + sizeof(memcpy(0, 0, 0)); }
void out(char *a) { __builtin_memcpy_inline(a, a + 8, 8); if (0) memset(a, 0, 1); }
"""
    )
    assert lowered(unit) == []


def test_a_copy_beside_a_call(clang: Toolchain) -> None:
    unit = clang.facts(
        DECLARED + "void f(struct record *a, char *b, size_t n) {\n  *a = a[1];\n"
        "  memcpy(a, b, n);\n  *a = a[2];\n}"
    )
    assert lowered(unit) == [("f", "memcpy", "3")]


def test_a_method_of_that_name_is_another(clang: Toolchain) -> None:
    unit = clang.facts(
        "struct B { int x[40]; void memcpy(); }; void f(B &a, B &b) { a.memcpy(); a = b; }",
        name="unit.cpp",
    )
    assert unit.edges() == {("_Z1fR1BS0_", "_ZN1B6memcpyEv")}


def test_a_call_that_remains_one(clang: Toolchain) -> None:
    """Not known to be the library's, by flag or by linkage, or of a size known at run time only."""
    call = DECLARED + "void f(char *a, char *b, size_t n) { memcpy(a, b, n); }"
    unit = clang.facts(call, "-fno-builtin")
    assert [(c.callee, c.flags) for c in unit.calls] == [("memcpy", 0)]
    unit = clang.facts(
        "void f(char *a, __SIZE_TYPE__ n, int m) { __builtin___memset_chk(a, 0, n, m); }"
    )
    assert [(c.callee, c.flags) for c in unit.calls] == [("__memset_chk", 0)]


def test_a_library_that_defines_it(clang: Toolchain) -> None:
    unit = clang.facts(
        DECLARED + "void *memcpy(void *a, const void *b, size_t n) { return a; }\n"
        "void f(char *a, char *b, size_t n) { memcpy(a, b, n); }"
    )
    assert ("f", "memcpy") in unit.edges()
    assert unit.functions["memcpy"].flags == facts.DEFINED


def test_stack_of_a_size_that_the_run_knows(clang: Toolchain) -> None:
    unit = clang.facts(
        DECLARED
        + """void f(int n) {
  char a[n];
  use(a);
  typedef int row[n];
  row b;
  use(b);
  row *none = 0;
  char fixed[100];
  use(none); use(fixed);
}
void g(int n) {
  use(__builtin_alloca(n));
  use(__builtin_alloca_with_align(n, 64));
  while (n--)
    use(__builtin_alloca(16));
}
"""
    )
    assert lowered(unit) == [
        ("f", "alloca", "2"),
        ("f", "alloca", "5"),
        ("g", "alloca", "12"),
        ("g", "alloca", "13"),
        ("g", "alloca", "15"),
    ]


def test_bitcode_has_the_stack_alone(clang: Toolchain) -> None:
    """Without the source, a copy that was spelled is like one that was not."""
    clang.write(
        "unit.c", DECLARED + "void f(char *a, int n) { char b[n]; memcpy(b, a, n); use(b); }"
    )
    done = clang.run("-w", "-g", "-c", "-emit-llvm", "unit.c", "-o", "unit.bc")
    assert done.returncode == 0, done.stderr
    unit = facts.read_unit(clang.compile(f"-fpass-plugin={clang.plugin}", "unit.bc"))
    assert lowered(unit) == [("f", "alloca", "1")]

"""`--refute`: what the constants in the code rule out, and nothing that can happen.

Of each program, roots named `gone_...` must be refuted and roots named `stays_...` must not.
"""

import json
import re

import pytest
from building import Build
from checking import Checker
from refuting import (
    CLANG,
    DECLARED,
    MACHINES,
    POLICY,
    assert_told_apart,
    found,
    refute,
    roots,
)

CONSTANTS = """
struct queue { int used; void *buffer; };
static int take(struct queue *q, unsigned timeout) {
  if (q->used) return q->used--;
  if (timeout == 0) return -1;
  q->buffer = malloc(timeout);
  return 0;
}
int gone_argument(struct queue *q) { return take(q, 0); }
int stays_argument(struct queue *q) { return take(q, 100); }
int stays_parameter(struct queue *q, unsigned timeout) { return take(q, timeout); }

/* Two levels, and what the one leaves the other sees. */
static int twice(struct queue *q, unsigned timeout) { return take(q, timeout * 2); }
int gone_computed(struct queue *q) { return twice(q, 0); }
int stays_computed(struct queue *q) { return twice(q, 1); }

/* A structure that the root fills itself. */
struct options { unsigned timeout; int (*wait)(struct queue *, unsigned); };
static int run(const struct options *o, struct queue *q) { return o->wait(q, o->timeout); }
static int never(struct queue *q, unsigned timeout) { return q->used - (int)timeout; }
int gone_local_structure(struct queue *q) {
  struct options o = {0, take};
  return run(&o, q);
}
int gone_local_pointer(struct queue *q) {
  struct options o = {7, never};
  return run(&o, q);
}
int stays_local_structure(struct queue *q) {
  struct options o = {1, take};
  return run(&o, q);
}

/* An object that the root sets and whose address others know. */
static struct queue shared = {1, 0};
struct queue *known = &shared;
static void refill(struct queue *q) { if (q->buffer) q->used = 1; else q->buffer = malloc(4); }
void gone_set_before(void) { shared.buffer = &known; refill(&shared); }
void stays_not_set(void) { refill(&shared); }
void stays_set_and_shown(void) { shared.buffer = &known; outside(known); refill(&shared); }

/* Arguments without names. */
struct text { char *at; unsigned room, more; };
static void put(struct text *t, char c) {
  if (!t->room && t->more) { t->at = malloc(t->more); t->room = t->more; }
  if (t->room) { *t->at++ = c; --t->room; }
}
static void print(struct text *t, const char *format, ...) {
  __builtin_va_list l;
  __builtin_va_start(l, format);
  for (; *format; ++format) put(t, *format == '%' ? (char)__builtin_va_arg(l, int) : *format);
  __builtin_va_end(l);
}
void gone_fixed_room(int n) { char b[9]; struct text t = {b, sizeof b, 0}; print(&t, "a%", n); }
void stays_growing_room(int n) { char b[9]; struct text t = {b, 1, 1}; print(&t, "a%", n); }
static void log_from(int level, ...) { if (level > 2) outside(malloc(1)); }
void gone_level(int n) { log_from(2, n); }
void stays_level(int n) { log_from(3, n); }

/* Constant tables. */
static void no(void) {}
static void yes(void) { outside(malloc(1)); }
static void (*const steps[3])(void) = {no, no, yes};
void gone_table(void) { steps[0](); }
void stays_table(void) { steps[2](); }
void stays_table_any(unsigned i) { steps[i % 3](); }
void stays_table_loop(void) { for (int i = 0; i < 3; ++i) steps[i](); }
"""

TRAPS = """
/* Variables hold what they held: a function may run at any time, and more than once. */
static int mode;
void set_mode(int m) { mode = m; }
void stays_variable(void) { if (mode) outside(malloc(1)); }
void stays_second_time(void) {
  static int first = 1;
  if (!first) outside(malloc(2));
  first = 0;
}
_Thread_local int of_thread;
void stays_thread_local(void) { if (of_thread) outside(malloc(3)); }
static int hidden;
static int *volatile to_hidden = &hidden;
void stays_written_through_pointer(void) {
  hidden = 0;
  *to_hidden = 1;
  if (hidden) outside(malloc(4));
}
void stays_written_elsewhere(void) { mode = 0; outside(0); if (mode) outside(malloc(5)); }
void stays_volatile(void) {
  volatile int v = 0;
  if (v) outside(malloc(6));
}
extern const int decided_elsewhere;
void stays_constant_elsewhere(void) { if (decided_elsewhere) outside(malloc(7)); }
__attribute__((weak)) const int weak_constant = 0;
void stays_weak_constant(void) { if (weak_constant) outside(malloc(8)); }

static const int patched[] __attribute__((section(".calibration"))) = {0};
static int first(const int *of) { return *of; }
void stays_patched(void) { if (first(patched)) outside(malloc(1)); }

/* A call counts, whatever becomes of its result and whatever is promised of it. */
void stays_unused(void) { malloc(1); }
void stays_freed(void) { free(malloc(1)); }
__attribute__((const, noinline)) int promised(int n) { outside(malloc(n)); return n; }
void stays_promised(void) { promised(3); }
__attribute__((pure)) int elsewhere(void);
void stays_twice_pure(void) { if (elsewhere() != elsewhere()) outside(malloc(1)); }

/* What is no mistake under GCC's and Clang's flags of firmware is none here. */
void stays_wraps(int n) { if (n > 0 && n + 1 < 0) outside(malloc(1)); }
int stays_null_is_read(int *p) { int n = *p; if (!p) outside(malloc(1)); return n; }
void stays_aliased(int *i, float *f) { *i = 1; *f = 0; if (*i == 0) outside(malloc(1)); }

/* What depends on the compiler may be either. */
void stays_builtin_constant(void) {
  int n = 3;
  if (!__builtin_constant_p(n)) outside(malloc(1));
}
static void fill(char *to) { if (__builtin_object_size(to, 0) > 100) outside(malloc(1)); }
void stays_object_size(void) { char room[4]; fill(room); outside(room); }
void stays_not_set_variable(void) { int n; if (n) outside(malloc(1)); }
void stays_not_set_field(void) {
  struct { int a, b; char text[40]; } v;
  v.a = 1;
  if (v.text[3] == 'x') outside(malloc(1));
}
void stays_not_set_buffer(void) {
  char text[300];
  text[1] = 0;
  if (text[2]) outside(malloc(1));
}
void stays_set_last_time(void) {
  for (int i = 0; i < 2; ++i) {
    int n;
    if (i && n) outside(malloc(1));
    n = 1;
  }
}
void stays_restrict(int *restrict a, int *restrict b) {
  *a = 0;
  *b = 1;
  if (*a) outside(malloc(1));
}

static int *noted;
__attribute__((weak)) void notes_it(__attribute__((noescape)) int *p) { noted = p; }
static void write_noted(void) { *noted = 1; }
void stays_noescape(void) {
  int n = 0;
  notes_it(&n);
  n = 0;
  write_noted();
  if (n) outside(malloc(1));
}
typedef char *__attribute__((align_value(64))) even;
static int is_odd(even p) { union { char *p; size_t n; } u = {p}; return u.n & 1; }
void stays_misaligned(size_t n) { if (is_odd((char *)n)) outside(malloc(1)); }
static int differ(const void *a, const void *b, int n) {
  const char *x = a, *y = b;
  while (n--) if (*x++ != *y++) return 1;
  return 0;
}
void stays_padding(void) {
  long double a = 1, b = 1;
  if (differ(&a, &b, sizeof a)) outside(malloc(1));
}
void stays_no_value(int n) { if (__builtin_nondeterministic_value(n)) outside(malloc(1)); }

/* One variable under two names; two of one name. */
int one_name;
extern int two_names __attribute__((alias("one_name")));
void stays_variable_alias(void) { one_name = 0; two_names = 1; if (one_name) outside(malloc(1)); }

/* Symbols that only the linker knows, and names of one thing in another unit. */
extern char low[], high[], size[];
extern unsigned odd, both, names;
void one_function(void), other_function(void);
static void clear(void) { for (char *p = low; p < high; ++p) *p = 0; }
void stays_linker_range(void) { mode = 1; clear(); if (!mode) outside(malloc(1)); }
void stays_empty_range(void) { char *a = low, *b = high; if (a == b) outside(malloc(1)); }
void stays_linker_size(void) { if ((size_t)size == 0) outside(malloc(1)); }
void stays_linker_odd(void) { size_t n = (size_t)&odd; if (n & 1) outside(malloc(1)); }
void stays_two_names(void) { both = 0; names = 1; if (both) outside(malloc(1)); }
void stays_two_functions(void) {
  void (*a)(void) = one_function, (*b)(void) = other_function;
  if (a == b) outside(malloc(1));
}
extern const int changes;
void change(void);
void stays_not_constant(void) { int a = changes; change(); if (changes != a) outside(malloc(1)); }

/* What inlining changes; what returns twice; and what somebody without facts may call back. */
static __attribute__((noinline)) void place(void *p) {
  if (__builtin_return_address(0) != p) outside(malloc(1));
}
void stays_return_address(void) { place(__builtin_return_address(0)); }
static void *buffer[5];
void jumps(void) { __builtin_longjmp(buffer, 1); }
void stays_builtin_jump(void) {
  int again = 0, *p = &again;
  if (__builtin_setjmp(buffer)) { if (*p) outside(malloc(1)); return; }
  *p = 1;
  jumps();
}
static int zero(void) { return 0; }
void for_each(void (*)(void));
static void each(void) { outside(malloc(1)); }
void stays_callback(void) { if (zero()) each(); for_each(each); }
void stays_callback_else(void) { if (zero()) outside(malloc(1)); for_each(each); }

static void passes(int n, void (*f)(void)) { if (n > 9) passes(n - 1, f); for_each(f); }
void stays_callback_below(int n) { if (zero()) outside(malloc(1)); passes(n, each); }

/* What floating point gives, and where variables lie, is the machine's and the compiler's. */
#pragma STDC FENV_ACCESS OFF
void stays_rounded(void) { float a = 1, b = 3; if (a / b * b != 1) outside(malloc(1)); }
void stays_fused(void) {
  double a = 1 + 0x1p-52, b = 1 - 0x1p-52, c = -1;
  if (a * b + c == 0) outside(malloc(1));
}
static void set_at(size_t place) { *(int *)place = 1; }
void stays_place_as_number(void) {
  int n = 0;
  set_at((size_t)&n);
  if (n) outside(malloc(1));
}
void stays_place_read_as_number(void) {
  int n = 0;
  union { int *p; size_t place; } u = {&n};
  set_at(u.place);
  if (n) outside(malloc(1));
}
void stays_place_copied_as_number(void) {
  int n = 0, *p = &n;
  size_t place;
  __builtin_memcpy(&place, &p, sizeof p);
  set_at(place);
  if (n) outside(malloc(1));
}
static __attribute__((noinline)) size_t where(void) { char c; return (size_t)&c; }
void stays_same_place(void) { if (where() == where()) outside(malloc(1)); }
static __attribute__((noinline)) size_t where_in_union(void) {
  char c;
  union { char *p; size_t n; } u = {&c};
  return u.n;
}
void stays_same_in_union(void) { if (where_in_union() == where_in_union()) outside(malloc(1)); }
static size_t number_of(void *p) {
  size_t n;
  __builtin_memcpy(&n, &p, sizeof p);
  return n;
}
void stays_at_number(void) { int a; if (number_of(&a) == 0x20001000) outside(malloc(1)); }
static size_t last_number;
static void count(void) {
  int here;
  size_t n = number_of(&here);
  if (n == last_number) outside(malloc(1));
  last_number = n;
}
void stays_number_again(void) { last_number = 0; count(); count(); }
static void *last;
void stays_at_address(void) { int n; if (&n == (int *)0x20001000) outside(malloc(1)); }
void stays_at_end(void) { char c; if (&c + 1 == (char *)&mode) outside(malloc(1)); }
void stays_at_symbol(void) { char c; if (&c + 1 == high) outside(malloc(1)); }
static __attribute__((noinline)) void note(void *p) { if (p == last) outside(malloc(1)); last = p; }
static __attribute__((noinline)) void notes(void) { int here; note(&here); }
void stays_place_again(void) { last = 0; notes(); notes(); }
extern _Thread_local int of_one, of_two;
void stays_thread_names(void) { of_one = 0; of_two = 1; if (of_one) outside(malloc(1)); }
__attribute__((assume_aligned(64), weak)) void *aligned(void);
void stays_aligned(void) { if ((size_t)aligned() & 1) outside(malloc(1)); }
#pragma clang section rodata = "calibration"
const int limits[1] = {0};
#pragma clang section rodata = ""
void stays_in_section(void) { if (first(limits)) outside(malloc(1)); }

/* Unknown pointers, recursion, jumps, assembly, arguments without a fixed number. */
void (*hook)(void);
static void grow(void) { outside(malloc(9)); }
void install(void) { hook = grow; }
void stays_hook(void) { hook(); }
static void down(int n) { if (n) down(n - 1); else outside(malloc(1)); }
void stays_recursion(int n) { down(n); }
void stays_recursive_root(int n) {
  if (n == 77) outside(malloc(1));
  if (n) stays_recursive_root(n + 1);
}
int setjmp(void *) __attribute__((returns_twice));
void stays_jump(void *env) {
  int again = 0;
  if (setjmp(env)) { if (again) outside(malloc(1)); return; }
  again = 1;
  outside(&again);
}
static void by_assembly(void) { outside(malloc(1)); }
void stays_beside_assembly(int n) {
  __asm__ volatile("call by_assembly" ::: "memory", "cc");
  if (n == 3) by_assembly();
}
void stays_assembly_sets(void) {
  int n = 0;
  __asm__ volatile("" : "+r"(n));
  if (n) outside(malloc(1));
}
void *__attribute__((weak)) provided(size_t);
void stays_weak_declaration(size_t n) { if (provided) provided(n); else outside(malloc(n)); }

/* Names that are not what this unit says of them. */
__attribute__((weak)) int replaced(void) { return 0; }
void stays_replaced(void) { if (replaced()) outside(malloc(1)); }
static void same(void) { outside(malloc(1)); }
void other_name(void) __attribute__((alias("same")));
void stays_other_name(void) { other_name(); }
__attribute__((weak)) int answer(void) { return 0; }
int asks(void) { return answer(); }
void stays_asks(void) { if (asks()) outside(malloc(1)); }
"""
VARIED = """
static int zero(void) { return 0; }
static void each(void) { outside(malloc(1)); }
static void varied(int n, ...) {
  __builtin_va_list l;
  __builtin_va_start(l, n);
  if (__builtin_va_arg(l, int)) outside(malloc(1));
  __builtin_va_end(l);
}
void stays_varied(void) { varied(1, 0); }
struct holder { int *p; };
static void set_first(int n, ...) {
  __builtin_va_list l, m;
  __builtin_va_start(l, n);
  __builtin_va_copy(m, l);
  if (n) *__builtin_va_arg(m, int *) = 1; else *__builtin_va_arg(l, struct holder).p = 1;
  __builtin_va_end(m);
  __builtin_va_end(l);
}
void stays_varied_pointer(void) { int n = 0; set_first(1, &n); if (n) outside(malloc(1)); }
void stays_varied_holder(void) {
  int n = 0;
  struct holder h = {&n};
  set_first(0, h);
  if (n) outside(malloc(1));
}
static void set_listed(__builtin_va_list l) { *__builtin_va_arg(l, int *) = 1; }
static void pass_on(int n, ...) {
  __builtin_va_list l;
  __builtin_va_start(l, n);
  set_listed(l);
  __builtin_va_end(l);
}
void stays_varied_list(void) { int n = 0; pass_on(0, &n); if (n) outside(malloc(1)); }
static void calls_listed(int n, ...) {
  __builtin_va_list l;
  __builtin_va_start(l, n);
  __builtin_va_arg(l, void (*)(void))();
  __builtin_va_end(l);
}
void stays_varied_function(void) { if (zero()) each(); calls_listed(0, each); }
"""
STRONG = """int replaced(void) { return 1; }
int answer(void) { return 1; }
_Thread_local int of_one;
extern _Thread_local int of_two __attribute__((alias("of_one")));
unsigned both;
extern unsigned names __attribute__((alias("both")));
void one_function(void) {}
void other_function(void) __attribute__((alias("one_function")));
int changes;
void change(void) { ++changes; }
"""


@pytest.mark.parametrize("name", MACHINES)
def test_constants_are_followed(checker: Checker, name: str) -> None:
    build = Build(checker, MACHINES[name])
    build.unit("a.c", DECLARED + CONSTANTS)
    result = refute(build)
    assert_told_apart(result, CONSTANTS)
    assert result.err.endswith(f" {len(re.findall('void gone_|int gone_', CONSTANTS))} refuted\n")


def test_without_the_option_all_are_found(build: Build) -> None:
    build.unit("a.c", DECLARED + CONSTANTS)
    build.checker.write("weir.toml", POLICY)
    result = build.check("--policy", "weir.toml")
    assert found(result) == roots(CONSTANTS)
    assert "refuted" not in result.err


@pytest.mark.parametrize("level", ["-O0", "-Os", "-O2"])
def test_what_can_happen_is_not_refuted(build: Build, level: str) -> None:
    build.unit("a.c", DECLARED + TRAPS, level)
    build.unit("b.c", STRONG, level)
    assert_told_apart(refute(build), TRAPS)


@pytest.mark.parametrize("name", MACHINES)
def test_arguments_without_names_may_be_any(checker: Checker, name: str) -> None:
    build = Build(checker, MACHINES[name])
    build.unit("a.c", DECLARED + VARIED)
    assert_told_apart(refute(build), VARIED)


@pytest.mark.parametrize("name", MACHINES)
def test_across_units_and_for_other_machines(checker: Checker, name: str) -> None:
    build = Build(checker, MACHINES[name])
    build.source("queue.h", "int take(int timeout);\nextern const int never;\n")
    build.unit(
        "queue.c",
        DECLARED + '#include "queue.h"\nconst int never = 0;\n'
        "int take(int timeout) { if (timeout) outside(malloc(1)); return timeout; }\n",
    )
    text = """int gone_never(void) { return take(never); }
int gone_now(void) { return take(0); }
int stays_soon(void) { return take(1); }
"""
    build.unit("app.c", '#include "queue.h"\n' + text)
    assert_told_apart(refute(build), text)


def test_what_the_policy_allows_is_not_left(build: Build) -> None:
    text = """
static void once(void) { outside(malloc(1)); }
static void more(int n) { if (n) outside(malloc(2)); once(); }
static void each(void (*f)(void)) { f(); }
void gone_allowed(void) { more(0); }
void stays_not_allowed(void) { more(1); }
void stays_allowed_elsewhere(void) { more(0); once(); }
void gone_allowed_callback(int n) { if (n - n) more(1); each(once); }
"""
    allowed = "".join(
        f'[[allow]]\ncaller = "{caller}"\ncallee = "{callee}"\nreason = "at start"\n'
        for caller, callee in (("more", "once"), ("gone_allowed_callback", "each"))
    )
    build.unit("a.c", DECLARED + text)
    assert_told_apart(refute(build, policy=POLICY + allowed), text)


def test_local_functions_and_variables_of_one_name_are_told_apart(build: Build) -> None:
    half = """static const int wait[] = {{{value}}};
static int first(const int *of) {{ return *of; }}
static void take(void) {{ if (first(wait)) outside(malloc(1)); }}
void {root}(void) {{ take(); }}
"""
    text = [half.format(value=n, root=name) for n, name in enumerate(("gone_a", "stays_b"))]
    for name, part in zip("ab", text, strict=True):
        build.unit(f"{name}.c", DECLARED + part)
    assert_told_apart(refute(build), "".join(text))


def test_constants_of_one_name_in_two_programs(build: Build) -> None:
    text = "extern const int limit[];\nvoid stays_a(void) { if (limit[0]) outside(malloc(1)); }\n"
    build.unit("a.c", DECLARED + text)
    for value in ("0", "1"):
        root = f"void stays_{value}(void) {{ outside(malloc({value})); }}\n"
        build.unit(f"of{value}.c", f"{DECLARED}const int limit[] = {{{value}}};\n{root}")
        text += root
    assert_told_apart(refute(build), text)


def test_a_function_that_the_linker_wraps_is_not_what_runs(build: Build) -> None:
    text = """int answer(void) { return 0; }
int __wrap_answer(void) { return 1; }
void stays_wrapped(void) { if (answer()) outside(malloc(1)); }
"""
    build.unit("a.c", DECLARED + text)
    assert_told_apart(refute(build), text)


def test_cxx(checker: Checker) -> None:
    build = Build(checker, [CLANG])
    text = """extern "C" {
static int zero() { return 0; }
struct Waiter { virtual void wait() = 0; };
struct Never final : Waiter { void wait() override {} };
struct Always final : Waiter { void wait() override { outside(malloc(1)); } };
static void run(Waiter &w) { w.wait(); }
void gone_virtual() { Never n; run(n); }
void stays_virtual() { Always a; run(a); }
void stays_any(Waiter &w) { w.wait(); }
} template <int N> static void take(int n) { if (N + n) outside(malloc(2)); } extern "C" {
void gone_template() { take<0>(0); }
void stays_template() { take<1>(0); }
inline int timeout(int n) { if (n) outside(malloc(3)); return n; }
void gone_inline() { timeout(0); }
void stays_inline() { timeout(1); }
void thrower(int n);
void stays_caught() { int n = 0; try { n = 1; thrower(n); n = 0; } catch (...) { timeout(n); } }
struct Guard { int n; ~Guard() { timeout(n); } };
void stays_destroyed() { Guard g{1}; thrower(2); }
void gone_destroyed() { Guard g{0}; }
struct Thrown { int a; Thrown() {} Thrown(const Thrown &) {} ~Thrown() { outside(malloc(4)); } };
void stays_thrown() {
  if (zero()) { Thrown t; }
  try { throw Thrown(); } catch (...) {}
}
void calls_it(void (*f)());
void throws() { throw 1; }
void stays_thrown_through_c() { try { calls_it(throws); } catch (...) { outside(malloc(5)); } }
}
"""
    build.unit("a.cpp", 'extern "C" {' + DECLARED + "}" + text)
    build.unit("c.c", "void calls_it(void (*f)(void)) { f(); }\n")
    assert_told_apart(refute(build), text)


def test_a_call_that_the_compiler_may_write_out_itself(build: Build) -> None:
    """`__builtin_memcpy` is an instruction to clang and may be a call of memcpy all the same."""
    text = """static int zero(void) { return 0; }
void *memcpy(void *, const void *, size_t);
static char a[64], b[64];
void stays_copied(size_t n) { if (zero()) memcpy(a, b, n); __builtin_memcpy(b, a, n); }
"""
    build.unit("a.c", DECLARED + text, "-ffreestanding")
    result = refute(build, policy=POLICY.replace("malloc", "memcpy"))
    assert "'stays_copied' reaches banned function 'memcpy' [weir-banned-call]" in result.errors
    assert "refuted" not in result.err


def test_fast_floating_point_is_the_same_source(build: Build) -> None:
    text = """void stays_mode(void) { if (first(&mode)) outside(malloc(1)); }
void gone_mode(void) { if (!first(&mode)) outside(malloc(1)); }
"""
    head = """#ifdef __FAST_MATH__
static const int mode = 1;
#else
static const int mode = 0;
#endif
static int first(const int *of) { return *of; }
"""
    build.unit("a.c", DECLARED + head + text, "-ffast-math")
    assert_told_apart(refute(build), text)


def test_what_a_shared_library_shows_may_be_preempted(build: Build) -> None:
    text = """int enabled(void) { return 0; }
const int limits[1] = {0};
static int first(const int *of) { return *of; }
void stays_function(void) { if (enabled()) outside(malloc(1)); }
void stays_constant(void) { if (first(limits)) outside(malloc(1)); }
"""
    build.unit("a.c", DECLARED + text, "-fPIC")
    assert_told_apart(refute(build), text)


def test_json_has_what_was_refuted(build: Build) -> None:
    build.unit("a.c", DECLARED + CONSTANTS)
    document = json.loads(refute(build, "--format", "json").out)
    names = [entry["root"] for entry in document["refuted"]]
    assert names == sorted(root for root in roots(CONSTANTS) if root.startswith("gone_"))
    assert {entry["callee"] for entry in document["refuted"]} == {"malloc"}

"""What is shown of a finding that `--refute` leaves: a path by a call that can happen."""

import re

import pytest
from building import Build
from checking import Result
from refuting import DECLARED, refute

SHOWN = """
static int take(unsigned timeout) {
  if (timeout) outside(malloc(timeout));
  return 0;
}
static void longer(void) { outside(malloc(2)); }
static void further(void) { longer(); }
void stays_second_call(void) {
  take(0);
  take(3);
}
void stays_longer(int n) {
  take(0);
  if (n) further();
}
void stays_two_alike(int n) {
  take(0);
  if (n) take(6);
  else take(7);
}
struct steps { int (*first)(unsigned), (*second)(unsigned); };
static int idle(unsigned timeout) { return (int)timeout; }
static void run(const struct steps *s) {
  s->first(4);
  s->second(5);
}
void stays_through_pointer(void) {
  struct steps s = {idle, take};
  run(&s);
}
void (*hook)(void);
long (*filter)(long);
static long filters(long n) { outside(malloc(3)); return n; }
void install(void) { hook = longer; filter = filters; }
static void call_both(int n) {
  if (n) hook();
  filter(n);
}
void stays_second_pointer(void) { call_both(0); }
"""


def hops(result: Result, root: str) -> list[str]:
    """The lines of the path that is shown for a root, but for the remedy."""
    lines = result.out.splitlines()
    start = next(i for i, line in enumerate(lines) if f"error: '{root}' reaches banned" in line)
    shown: list[str] = []
    for line in lines[start + 1 :]:
        if "note: remove the call" in line:
            break
        shown.append(re.sub(r".*?:(\d+:\d+): note: ", r"\1 ", line))
    return shown


def position(text: str, call: str) -> str:
    """Where a call stands in a text that comes after DECLARED in its file."""
    before = (DECLARED + text).partition(call)[0]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_a_path_is_one_that_is_left(build: Build, level: str) -> None:
    build.unit("a.c", DECLARED + SHOWN, level)
    result = refute(build)
    assert hops(result, "stays_second_call") == [
        f"{position(SHOWN, 'take(3)')} 'stays_second_call' calls 'take'",
        f"{position(SHOWN, 'malloc(timeout)')} 'take' calls 'malloc'",
    ]
    assert hops(result, "stays_longer") == [
        f"{position(SHOWN, 'further();')} 'stays_longer' calls 'further'",
        f"{position(SHOWN, 'longer();')} 'further' calls 'longer'",
        f"{position(SHOWN, 'malloc(2)')} 'longer' calls 'malloc'",
    ]
    assert hops(result, "stays_two_alike")[0] in (
        f"{position(SHOWN, 'take(6)')} 'stays_two_alike' calls 'take'",
        f"{position(SHOWN, 'take(7)')} 'stays_two_alike' calls 'take'",
    )
    assert hops(result, "stays_second_pointer")[1].startswith(
        f"{position(SHOWN, 'filter(n)')} 'call_both' calls through a pointer"
    )
    first, second, third = hops(result, "stays_through_pointer")
    assert first == f"{position(SHOWN, 'run(&s)')} 'stays_through_pointer' calls 'run'"
    assert second.startswith(f"{position(SHOWN, 's->second(5)')} 'run' calls through a pointer")
    assert "a function like 'take'" in second
    assert third == f"{position(SHOWN, 'malloc(timeout)')} 'take' calls 'malloc'"


def test_what_only_a_pointer_of_unknown_type_may_reach_is_unproven(build: Build) -> None:
    text = """
static int grow(int n) { outside(malloc(1)); return n; }
static void apply(int n, unsigned long where) {
  if (n) grow(n);
  ((void (*)(void))where)();
}
unsigned long kept;
void keep(void) { kept = (unsigned long)grow; }
void may(void) { apply(0, kept); }
void must(void) { apply(1, kept); }
"""
    build.unit("a.c", DECLARED + text)
    policy = '[ban]\nfunctions = ["malloc"]\n[roots]\nfunctions = ["may", "must"]\n'
    errors = refute(build, policy=policy).errors
    assert any("'must' reaches banned function 'malloc' [weir-banned-call]" in e for e in errors)
    said = "'may' may reach banned function 'malloc', through a pointer of unknown type"
    assert any(said in e for e in errors)


def test_what_only_something_without_facts_may_call_is_unproven(build: Build) -> None:
    text = """
static int zero(void) { return 0; }
void nobody(void);
static void further(void) { nobody(); }
void may(void) { if (zero()) outside(malloc(1)); further(); }
"""
    build.unit("a.c", DECLARED + text)
    policy = '[ban]\nfunctions = ["malloc"]\n[roots]\nfunctions = ["may"]\n'
    result = refute(build, policy=policy)
    (error,) = (line for line in result.errors if "banned function 'malloc'" in line)
    assert error == (
        "'may' may reach banned function 'malloc', called back by 'nobody', of which no facts are "
        "known [weir-unproven-path]"
    )
    where = f"../src/a.c:{position(text, 'further(); }')}"
    assert f"{where}: error: {error}" in result.out
    assert f"{position(text, 'nobody(); }')}: note: 'further' calls 'nobody'" in result.out
    assert 'allow it in the policy: [[allow]] caller = "further", callee = "nobody"' in result.out


def test_every_path_is_shown_where_all_are_asked_for(build: Build) -> None:
    build.unit("a.c", DECLARED + SHOWN)
    result = refute(build, "--all")
    paths = result.out.split("error: ")
    shown = [path for path in paths if path.startswith("'stays_longer' reaches banned")]
    callers = [re.findall(r"'(\w+)' calls 'malloc'", path) for path in shown]
    assert sorted(callers) == [["longer"], ["take"]]

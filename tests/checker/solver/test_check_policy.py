"""What a policy means: files, annotations, days, presets, and the init phase as a rule of paths."""

import pytest
from checking import Checker
from factswriter import BUILTIN, CONSTRUCTOR, INITIALIZER, LOCAL, Unit

VOID = "_ZTSFvvE.generalized"
BANNED = "reaches banned function 'malloc' [weir-banned-call]"
LATE = "which runs before the system is sealed [weir-late-init]"


def two_resets() -> list[Unit]:
    """A local `reset` in two files; both allocate."""
    units = []
    for file in ("drivers/uart.c", "drivers/spi.c"):
        entry = file[8:-2] + "_isr"
        unit = Unit(file).define(entry).define("reset", LOCAL, at=f"{file}:3:1")
        units.append(unit.call(entry, "reset").call("reset", "malloc"))
    return units


def test_an_allow_entry_with_a_file_is_for_the_function_there(checker: Checker) -> None:
    allow = "[[allow]]\ncaller = '{}'\ncallee = 'malloc'\nreason = 'x'\n"
    assert len(checker.check(*two_resets()).errors) == 2
    for caller in ("uart.c:reset", "drivers/uart.c:reset", "*/uart.c:res*"):
        result = checker.check(*two_resets(), policy=allow.format(caller))
        assert result.errors == [f"'spi_isr' {BANNED}"], caller
    assert checker.check(*two_resets(), policy=allow.format("reset")).status == 0
    result = checker.check(*two_resets(), policy=allow.format("art.c:reset"))
    assert len(result.errors) == 3
    assert "'art.c:reset -> malloc' in [[allow]] matches nothing" in result.out


def test_init_and_roots_with_a_file(checker: Checker) -> None:
    policy = "[init]\nfunctions = ['uart.c:reset']\ncallers = ['uart_isr']\n"
    assert checker.check(*two_resets(), policy=policy).errors == [f"'spi_isr' {BANNED}"]
    policy = "[roots]\nfunctions = ['spi.c:reset']\n"
    assert checker.check(*two_resets(), policy=policy).errors == [f"'reset' {BANNED}"]


def test_a_file_means_where_a_function_is_defined(checker: Checker) -> None:
    """A unit that only declares `boot` does not make it one of that file."""
    app = Unit("main.c").define("main").call("main", "boot")
    lib = Unit("boot.c").define("boot").call("boot", "malloc")
    policy = "[roots]\nfunctions = ['main']\n[init]\nfunctions = ['{}:boot']\n"
    assert checker.check(app, lib, policy=policy.format("boot.c")).status == 0
    result = checker.check(app, lib, policy=policy.format("main.c"))
    assert len(result.errors) == 2
    assert "'main.c:boot' in [init] functions matches nothing" in result.out


def test_annotated_roots(checker: Checker) -> None:
    app = Unit("a.c").define("tick").define("idle").annotate("tick", "nonblocking")
    app.call("tick", "sleep").call("idle", "sleep")
    policy = "[ban]\npresets = ['blocking-posix']\n[roots]\nfunctions = ['@nonblocking']\n"
    assert checker.check(app, policy=policy).errors == [
        "'tick' reaches banned function 'sleep' [weir-banned-call]"
    ]
    result = checker.check(app, policy=policy.replace("nonblocking", "realtime"))
    assert result.errors == [
        "'@realtime' in [roots] functions matches nothing in the program [weir-unused-policy]"
    ]


# Days.

ALLOW = "[[allow]]\ncaller = 'main'\ncallee = 'malloc'\nreason = 'x'\nexpires = 2027-01-01\n"


def run_on(checker: Checker, day: str, policy: str = ALLOW) -> list[str]:
    app = Unit("a.c").define("main").call("main", "malloc")
    checker.write("weir.toml", policy)
    return checker.run("--today", day, "--policy=weir.toml", checker.file(app)).errors


def test_an_entry_holds_on_its_last_day_and_not_after(checker: Checker) -> None:
    assert run_on(checker, "2026-12-31") == []
    assert run_on(checker, "2027-01-01") == []
    assert run_on(checker, "2027-01-02") == [
        f"'main' {BANNED}",
        "'main -> malloc' in [[allow]] expired: its last day was 2027-01-01 [weir-expired-policy]",
    ]


def test_an_entry_that_is_over_is_an_error_without_its_call_too(checker: Checker) -> None:
    result = run_on(checker, "2028-02-03", ALLOW.replace("'main'", "'gone'"))
    assert [line.rsplit(" ", 1)[1] for line in result] == [
        "[weir-banned-call]",
        "[weir-expired-policy]",
    ]


@pytest.mark.parametrize("day", ["tomorrow", "2027-13-01", "2027-1-1", "27-01-01", "2027-01-01T0"])
def test_a_wrong_day(checker: Checker, day: str) -> None:
    result = checker.run("--today", day, "a.o")
    assert result.status == 2
    assert f"'{day}' is not a day of the form YYYY-MM-DD" in result.err


# The init phase.


def firmware() -> Unit:
    """main runs boot, which makes a pool by `grow`, and then works."""
    app = Unit("a.c").define("main").define("boot").define("grow").define("work")
    app.call("main", "boot").call("boot", "grow").call("grow", "malloc", "a.c:9:1")
    return app.call("main", "work")


INIT = "[init]\nfunctions = ['boot']\n"


def test_what_only_init_reaches_may_allocate(checker: Checker) -> None:
    assert checker.check(firmware(), policy=INIT).status == 0
    assert checker.check(firmware()).errors == [f"'main' {BANNED}"]


def test_what_init_and_others_reach_may_not(checker: Checker) -> None:
    result = checker.check(firmware().call("work", "grow"), policy=INIT)
    assert result.errors == [f"'main' {BANNED}"]
    assert "'work' calls 'grow'" in result.out


def test_what_stands_beside_init_may_not(checker: Checker) -> None:
    app = firmware().define("lone").call("lone", "malloc")
    assert checker.check(app, policy=INIT).errors == [f"'lone' {BANNED}"]


def test_a_function_below_init_that_may_be_entered_otherwise_is_a_start(checker: Checker) -> None:
    pointed = firmware().address("grow", "boot", VOID)
    entered = firmware().declare("grow", CONSTRUCTOR)
    table = firmware().address("grow", "vectors", flags=INITIALIZER)
    for app in (pointed, entered, table):
        assert checker.check(app, policy=INIT).errors == [f"'grow' {BANNED}"]
    named = INIT + "[roots]\nfunctions = ['*', 'grow']\n"
    assert checker.check(firmware(), policy=named).errors == [f"'grow' {BANNED}"]


def test_what_init_reaches_through_a_pointer_is_below_it(checker: Checker) -> None:
    app = Unit("a.c").define("main").call("main", "boot").define("boot").site("boot", VOID)
    app.define("hook", type=VOID).address("hook", "table", VOID).call("hook", "grow")
    app.define("grow").call("grow", "malloc")
    # The hook may be called by anybody, so that it stays a start.
    assert checker.check(app, policy=INIT).errors == [f"'hook' {BANNED}"]


def test_init_that_runs_late_is_an_error(checker: Checker) -> None:
    app = firmware().define("isr").define("recover").call("isr", "recover", "a.c:20:2")
    app.call("recover", "boot", "a.c:21:2")
    result = checker.check(app, policy=INIT)
    assert result.errors == [f"'isr' reaches init function 'boot', {LATE}"]
    assert result.out.splitlines()[1:] == [
        "a.c:20:2: note: 'isr' calls 'recover'",
        "a.c:21:2: note: 'recover' calls 'boot'",
        "a.c:21:2: note: remove the call or, if 'isr' runs before init is over, name it in the "
        'policy: [init] callers = ["isr"]',
    ]
    assert checker.check(app, policy=INIT + "callers = ['main', 'isr']\n").status == 0


def test_a_named_root_that_reaches_init_is_late(checker: Checker) -> None:
    app = firmware().define("task").call("task", "boot")
    policy = INIT + "[roots]\nfunctions = ['main', 'task']\n"
    assert checker.check(app, policy=policy).errors == [
        f"'task' reaches init function 'boot', {LATE}"
    ]


def test_callers_that_match_nothing_are_an_error(checker: Checker) -> None:
    result = checker.check(firmware(), policy=INIT + "callers = ['main', 'reset']\n")
    assert result.errors == [
        "'reset' in [init] callers matches nothing in the program [weir-unused-policy]"
    ]


# What runs before main, and after it.


def test_constructors_are_roots_beside_main(checker: Checker) -> None:
    app = Unit("a.cpp").define("main").define("_GLOBAL__sub_I_a.cpp", CONSTRUCTOR | LOCAL)
    app.call("_GLOBAL__sub_I_a.cpp", "malloc").define("other").call("other", "malloc")
    roots = "[roots]\nfunctions = ['{}']\n"
    assert checker.check(app, policy=roots.format("main")).errors == [
        f"'_GLOBAL__sub_I_a.cpp' {BANNED}"
    ]
    assert checker.check(app, policy=roots.format("other")).errors == [f"'other' {BANNED}"]
    init = "[init]\nfunctions = ['_GLOBAL__sub_I_*']\n"
    assert checker.check(app, policy=roots.format("main") + init).status == 0


def test_a_constructor_in_an_image_is_a_root_beside_main(checker: Checker) -> None:
    text = ".text\n.globl main\n.type main,@function\nmain: ret\n"
    text += '.type setup,@function\nsetup: ret\n.section .init_array,"aw"\n.quad setup\n'
    app = Unit("a.c").define("main").define("setup", CONSTRUCTOR | LOCAL).call("setup", "malloc")
    image = checker.image("fw.elf", checker.object("a.o", text, app))
    result = checker.check(image, policy="[roots]\nfunctions = ['main']\n")
    assert result.errors == [f"'setup' {BANNED}"]


# What is not memory.


@pytest.mark.parametrize(
    ("preset", "name"),
    [
        ("stdio", "iprintf"),
        ("blocking-posix", "pthread_mutex_lock"),
        ("panics", "_ZSt20__throw_length_errorPKc"),
        ("stack-alloc", "alloca"),
        ("cxx-exceptions", "__cxa_allocate_exception"),
    ],
)
def test_presets_beyond_memory(checker: Checker, preset: str, name: str) -> None:
    app = Unit("a.c").define("main").call("main", name)
    policy = f"[ban]\npresets = ['{preset}']\n"
    assert len(checker.check(app, policy=policy).errors) == 1


def test_the_stack_is_no_unknown_function(checker: Checker) -> None:
    assert checker.check(Unit("a.c").define("main").call("main", "alloca")).status == 0


def test_what_the_compiler_may_write_out_is_no_unknown_function(checker: Checker) -> None:
    app = Unit("a.c").define("main").call("main", "memcpy", flags=BUILTIN)
    assert checker.check(app).status == 0
    assert checker.check(app, policy="[ban]\nfunctions = ['memcpy']\n").errors == [
        "'main' reaches banned function 'memcpy' [weir-banned-call]"
    ]
    # As any other, once there are facts of it.
    libc = Unit("memcpy.c").define("memcpy").call("memcpy", "malloc")
    assert "'main' reaches banned function 'malloc' [weir-banned-call]" in (
        checker.check(app, libc, policy="[roots]\nfunctions = ['main']\n").errors
    )
    # And a call of it that remains one is as before.
    app.call("main", "memcpy")
    assert checker.check(app).status == 1


def test_an_allowed_call_of_what_the_compiler_may_write_out_is_used(checker: Checker) -> None:
    app = Unit("a.c").define("main").call("main", "memcpy", flags=BUILTIN)
    allow = "[[allow]]\ncaller = 'main'\ncallee = 'memcpy'\nreason = 'small'\n"
    assert checker.check(app, policy=allow).status == 0

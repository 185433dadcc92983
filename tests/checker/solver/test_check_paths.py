"""Which paths weir-check reports, and how."""

import itertools
import os
import random
import subprocess

import pytest
from checking import Checker
from factswriter import (
    COMDAT,
    CONSTRUCTOR,
    DEFINED,
    IFUNC,
    INITIALIZER,
    INLINE_ASM,
    LOCAL,
    MEMBER,
    NONALLOCATING,
    OPAQUE,
    SITE_NO_PROTOTYPE,
    WEAK,
    Unit,
)

ALLOC = "_ZTSFPvjE.generalized"
FREE = "_ZTSFvPvE.generalized"


def hook_table() -> list[Unit]:
    """main -> handle -> parse -> new_item -> hooks.allocate, which holds malloc."""
    app = Unit("src/main.c").define("main", at="src/main.c:40:5").define("handle", LOCAL)
    app.call("main", "handle", "src/main.c:42:18").call("handle", "parse", "src/main.c:30:3")
    lib = Unit("cJSON.c").define("parse").define("new_item", LOCAL)
    lib.call("parse", "new_item", "cJSON.c:1150:12")
    lib.site("new_item", ALLOC, "cJSON.c:244:27")
    lib.declare("malloc", type=ALLOC)
    lib.address("malloc", "global_hooks", ALLOC, "cJSON.c:186:39", INITIALIZER)
    return [app, lib]


def test_the_whole_path_through_a_hook_table(checker: Checker) -> None:
    result = checker.check(*hook_table())
    assert result.out.splitlines() == [
        "src/main.c:42:18: error: 'main' reaches banned function 'malloc' [weir-banned-call]",
        "src/main.c:42:18: note: 'main' calls 'handle'",
        "src/main.c:30:3: note: 'handle' calls 'parse'",
        "cJSON.c:1150:12: note: 'parse' calls 'new_item'",
        "cJSON.c:244:27: note: 'new_item' calls through a pointer of type 'void *(unsigned int)' "
        "a function like 'malloc', whose address is taken in 'global_hooks' at cJSON.c:186:39",
        "cJSON.c:244:27: note: remove the call, or allow it in the policy: [[allow]] "
        'caller = "new_item", callee = "malloc", reason = "..."',
    ]
    assert (result.status, result.verdict) == (1, "violation")
    assert result.err == "weir-check: 4 functions, 2 units: violation, 1 finding\n"


def test_a_program_that_reaches_nothing_banned_is_clean(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("work", LOCAL).call("main", "work")
    result = checker.check(app)
    assert (result.status, result.out, result.verdict) == (0, "", "clean")


def test_every_edge_of_a_chain_counts(checker: Checker) -> None:
    """Each function has one caller, so that losing any edge loses the finding."""
    names = ["main", *(f"f{i}" for i in range(20)), "malloc"]
    units = [
        Unit(f"{caller}.c").define(caller).call(caller, callee)
        for caller, callee in itertools.pairwise(names)
    ]
    result = checker.check(*units)
    assert result.errors == ["'main' reaches banned function 'malloc' [weir-banned-call]"]
    assert result.out.count(" calls ") == len(names) - 1


def test_every_call_of_a_function_counts(checker: Checker) -> None:
    """One caller with many callees: the first, the last and those between are all edges."""
    banned = [f"bad{i}" for i in range(10)]
    app = Unit("a.c").define("main")
    for name in banned:
        app.call("main", name)
    policy = "[ban]\npresets = []\nfunctions = ['bad*']\n"
    result = checker.check(app, policy=policy)
    assert len(result.errors) == len(banned)


def test_a_direct_path_goes_before_one_through_pointers(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("one").define("two")
    app.site("main", ALLOC).declare("malloc", type=ALLOC).address("malloc", "table", ALLOC)
    app.call("main", "one").call("one", "malloc")
    assert "through a pointer" not in checker.check(app).out


def test_recursion_has_one_finding_from_outside(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("even").define("odd")
    app.call("main", "even").call("even", "odd").call("odd", "even").call("odd", "malloc")
    assert checker.check(app).errors == [
        "'main' reaches banned function 'malloc' [weir-banned-call]"
    ]


def test_recursion_without_a_caller_is_still_found(checker: Checker) -> None:
    app = Unit("a.c").define("even").define("odd")
    app.call("even", "odd").call("odd", "even").call("even", "malloc")
    assert checker.check(app).errors == [
        "'even' reaches banned function 'malloc' [weir-banned-call]"
    ]


def test_the_whole_program_reports_outermost_functions_only(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("isr").define("shared")
    app.call("main", "shared").call("isr", "shared").call("shared", "malloc")
    assert checker.check(app).errors == [
        "'isr' reaches banned function 'malloc' [weir-banned-call]",
        "'main' reaches banned function 'malloc' [weir-banned-call]",
    ]


def test_named_roots_each_report(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("inner").define("other")
    app.call("main", "inner").call("inner", "malloc").call("other", "malloc")
    policy = "[roots]\nfunctions = ['main', 'inn*']\n"
    assert checker.check(app, policy=policy).errors == [
        "'inner' reaches banned function 'malloc' [weir-banned-call]",
        "'main' reaches banned function 'malloc' [weir-banned-call]",
    ]


def test_annotated_functions_as_roots(checker: Checker) -> None:
    app = Unit("a.c").define("quiet", NONALLOCATING).define("loud")
    app.call("quiet", "malloc").call("loud", "malloc")
    policy = "[roots]\nfunctions = ['@nonallocating']\n"
    assert checker.check(app, policy=policy).errors == [
        "'quiet' reaches banned function 'malloc' [weir-banned-call]"
    ]


def test_nothing_is_followed_behind_a_banned_function(checker: Checker) -> None:
    app = Unit("a.c").define("main").call("main", "calloc")
    heap = Unit("heap.c").define("calloc").call("calloc", "malloc").call("calloc", "unknown")
    assert checker.check(app, heap).errors == [
        "'main' reaches banned function 'calloc' [weir-banned-call]"
    ]


# Symbols.


def test_local_functions_of_one_name_are_apart(checker: Checker) -> None:
    clean = Unit("a.c").define("main").define("helper", LOCAL).call("main", "helper")
    dirty = Unit("b.c").define("task").define("helper", LOCAL).call("helper", "malloc")
    dirty.call("task", "helper")
    assert checker.check(clean, dirty).errors == [
        "'task' reaches banned function 'malloc' [weir-banned-call]"
    ]


@pytest.mark.parametrize(("strong_allocates", "status"), [(True, 1), (False, 0)])
def test_a_strong_definition_goes_before_a_weak_one(
    checker: Checker, strong_allocates: bool, status: int
) -> None:
    weak = Unit("weak.c").define("main").define("hook", WEAK).call("main", "hook")
    strong = Unit("strong.c").define("hook")
    (strong if strong_allocates else weak).call("hook", "malloc")
    assert checker.check(weak, strong).status == status
    assert checker.check(strong, weak).status == status


def test_each_of_several_weak_definitions_may_be_the_one(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("hook", WEAK).call("main", "hook")
    other = Unit("b.c").define("hook", WEAK).call("hook", "malloc")
    assert checker.check(app, other).status == 1


def test_comdat_definitions_are_one_function(checker: Checker) -> None:
    first = Unit("a.cpp").define("main").define("_ZN1V4pushEv", COMDAT)
    first.call("main", "_ZN1V4pushEv").call("_ZN1V4pushEv", "_Znwm", "v.h:3:5")
    second = Unit("b.cpp").define("_ZN1V4pushEv", COMDAT).call("_ZN1V4pushEv", "_Znwm", "v.h:3:5")
    result = checker.check(first, second)
    assert result.errors == [
        "'main' reaches banned function 'operator new(unsigned long)' [weir-banned-call]"
    ]
    assert "'main' calls 'V::push()'" in result.out


def test_two_strong_definitions_are_no_program(checker: Checker) -> None:
    result = checker.check(Unit("a.c").define("main"), Unit("b.c").define("main"))
    assert result.status == 2
    assert result.err == (
        "2.facts: error: 'main' is defined in unit 'b.c' and in unit 'a.c' of '1.facts'; "
        "give the parts of one program\n"
    )


def test_two_builds_of_one_unit_are_both_checked(checker: Checker) -> None:
    old = Unit("a.c").define("main").call("main", "malloc")
    new = Unit("a.c").define("main").define("more").call("main", "more")
    result = checker.check(new, old)
    assert result.status == 1
    assert "2.facts: warning: unit 'a.c' is there in two builds" in result.err


def test_one_unit_given_twice_is_one(checker: Checker) -> None:
    app = Unit("a.c").define("main").call("main", "malloc")
    assert checker.check(app, app).err.startswith("weir-check: 1 functions, 1 unit: violation")


def test_an_alias_is_followed(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("real", LOCAL).alias("name", "real")
    app.define("name").call("main", "name").call("real", "malloc")
    assert "note: 'name' is another name of 'real'" in checker.check(app).out


def test_another_name_of_a_banned_function_is_banned(checker: Checker) -> None:
    heap = Unit("heap.c").define("my_malloc").alias("malloc", "my_malloc").define("malloc")
    app = Unit("a.c").define("main").call("main", "my_malloc")
    assert checker.check(app, heap).errors == [
        "'main' reaches banned function 'my_malloc', another name of 'malloc' [weir-banned-call]"
    ]


def test_a_weak_alias_yields_to_a_definition(checker: Checker) -> None:
    startup = Unit("startup.c").define("main").define("Default").define("Handler", WEAK)
    startup.alias("Handler", "Default").call("main", "Handler").call("Default", "malloc")
    policy = "[roots]\nfunctions = ['main']\n"
    assert checker.check(startup, policy=policy).status == 1
    assert checker.check(startup, Unit("isr.c").define("Handler"), policy=policy).status == 0


def test_a_cycle_of_aliases_is_an_error(checker: Checker) -> None:
    app = Unit("a.c").define("a").define("b").alias("a", "b").alias("b", "a")
    result = checker.check(app)
    assert (result.status, result.err) == (
        2,
        "1.facts: error: 'a' is an alias of itself, in unit 'a.c'; build it again\n",
    )


def test_an_ifunc_reaches_its_resolver_and_what_that_returns(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("copy").define("resolve", LOCAL)
    app.define("copy_fast", LOCAL).alias("copy", "resolve", IFUNC).call("main", "copy")
    app.address("copy_fast", "resolve").call("copy_fast", "malloc")
    result = checker.check(app, policy="[roots]\nfunctions = ['main']\n")
    assert "'copy' may be resolved at load time to 'copy_fast'" in result.out


def test_an_ifunc_may_be_what_its_resolver_reads_from_a_table_or_asks_for(checker: Checker) -> None:
    """The resolver holds a harmless function; another is in a table, another in what it calls."""
    app = Unit("a.c").define("main").define("copy").define("resolve", LOCAL).define("ask", LOCAL)
    for name in ("copy_slow", "copy_fast", "copy_any", "other"):
        app.define(name, LOCAL)
    app.alias("copy", "resolve", IFUNC).call("main", "copy").call("resolve", "ask")
    app.address("copy_slow", "resolve", "t").address("copy_any", "ask", "t")
    app.address("copy_fast", "table", "t", flags=INITIALIZER).address(
        "other", "table", "u", flags=INITIALIZER
    )
    app.call("copy_fast", "malloc").call("copy_any", "calloc").call("other", "realloc")
    assert checker.check(app, policy="[roots]\nfunctions = ['main']\n").errors == [
        "'main' reaches banned function 'calloc' [weir-banned-call]",
        "'main' reaches banned function 'malloc' [weir-banned-call]",
    ]


def test_an_ifunc_without_candidates_is_unresolved(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("copy").define("resolve", LOCAL)
    app.alias("copy", "resolve", IFUNC).call("main", "copy")
    assert checker.check(app).errors == [
        "'copy' is chosen at load time, and no function that it may reach is known "
        "[weir-unresolved-indirect]"
    ]


def test_library_members_yield_to_units_and_the_first_one_wins(checker: Checker) -> None:
    app = Unit("a.c").define("main").call("main", "put")
    dirty = Unit("lib.a(put.o)", MEMBER, "none").define("put").call("put", "malloc")
    clean = Unit("lib.a(put2.o)", MEMBER, "none").define("put")
    own = Unit("put.c").define("put")
    assert checker.check(app, dirty, clean).status == 1
    assert checker.check(app, clean, dirty).status == 0
    assert checker.check(app, dirty, own).status == 0


def test_a_hop_without_source_names_the_member(checker: Checker) -> None:
    app = Unit("a.c").define("main").call("main", "printf", "a.c:3:5")
    lib = Unit("libc.a(printf.o)", MEMBER, "none").define("printf").call("printf", "_malloc_r")
    assert "libc.a(printf.o): note: 'printf' calls '_malloc_r'" in checker.check(app, lib).out


# Indirect calls.


def test_only_functions_of_the_same_type_are_targets(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("release", type=FREE).define("grab", type=ALLOC)
    app.site("main", FREE).address("release", "table", FREE).address("grab", "table", ALLOC)
    app.call("grab", "malloc")
    policy = "[roots]\nfunctions = ['main']\n"
    assert checker.check(app, policy=policy).status == 0
    app.call("release", "malloc")
    assert checker.check(app, policy=policy).status == 1


def test_a_function_whose_address_is_not_taken_is_no_target(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("quiet", type=FREE).define("loud", type=FREE)
    app.site("main", FREE).address("quiet", "table", FREE).call("loud", "malloc")
    policy = "[roots]\nfunctions = ['main']\n"
    assert checker.check(app, policy=policy).status == 0


def test_the_address_may_be_taken_in_another_unit(checker: Checker) -> None:
    app = Unit("a.c").define("main").site("main", FREE)
    table = Unit("b.c").define("loud", type=FREE).address("loud", "table", FREE)
    table.call("loud", "malloc")
    assert checker.check(app, table, policy="[roots]\nfunctions = ['main']\n").status == 1


def test_a_cast_adds_the_function_to_the_other_type(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("loud", type=FREE).call("loud", "malloc")
    app.site("main", ALLOC).address("loud", "main", ALLOC, "a.c:9:3")
    assert checker.check(app, policy="[roots]\nfunctions = ['main']\n").status == 1


@pytest.mark.parametrize(
    ("site", "rule", "verdict"),
    [(FREE, "weir-banned-call", "violation"), (ALLOC, "weir-unproven-path", "unproven")],
)
def test_an_address_that_hides_its_type_may_be_called_under_any(
    checker: Checker, site: str, rule: str, verdict: str
) -> None:
    app = Unit("a.c").define("main").define("loud", type=FREE).call("loud", "malloc")
    app.site("main", site).address("loud", "main", flags=OPAQUE)
    result = checker.check(app, policy="[roots]\nfunctions = ['main']\n")
    assert result.status == 1
    assert f"[{rule}]" in result.out
    assert f": {verdict}" in result.err


def test_a_site_of_unknown_type_reaches_every_address_that_is_taken(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("loud", type=FREE).call("loud", "malloc")
    app.site("main", "", "a.c:5:5").address("loud", "table", FREE, "a.c:2:9")
    result = checker.check(app, policy="[roots]\nfunctions = ['main']\n")
    assert "a.c:5:5: note: 'main' calls through a pointer of unknown type a function like" in (
        result.out
    )


def test_a_function_of_unknown_type_is_a_target_of_every_site(checker: Checker) -> None:
    app = Unit("a.c").define("main").site("main", ALLOC)
    lib = Unit("lib.a(x.o)", MEMBER, "none").define("loud").call("loud", "malloc")
    lib.address("loud", "table", flags=INITIALIZER)
    result = checker.check(app, lib)
    assert "a function of unknown type like 'loud'" in result.out


def test_schemes_that_differ_are_compared_as_unknown(checker: Checker) -> None:
    app = Unit("a.c").define("main").site("main", FREE)
    other = Unit("b.c", scheme="kcfi").define("loud", type="1a2b3c4d").call("loud", "malloc")
    other.address("loud", "table", "1a2b3c4d")
    assert checker.check(app, other, policy="[roots]\nfunctions = ['main']\n").status == 1


@pytest.mark.parametrize(
    ("target", "status"), [("_ZTSFvPviE.generalized", 1), ("_ZTSFPvjE.generalized", 0)]
)
def test_without_a_prototype_only_the_returned_type_counts(
    checker: Checker, target: str, status: int
) -> None:
    app = Unit("a.c").define("main").define("loud", type=target).call("loud", "malloc")
    app.define("fine", type="_ZTSFvvE.generalized").address("fine", "t", "_ZTSFvvE.generalized")
    app.site("main", "_ZTSFvE.generalized", flags=SITE_NO_PROTOTYPE).address("loud", "t", target)
    assert checker.check(app, policy="[roots]\nfunctions = ['main']\n").status == status


def test_a_member_that_is_not_linked_has_no_say(checker: Checker) -> None:
    """Its function holds an address; nothing refers to the member, so it is not part."""
    app = Unit("a.c").define("main").site("main", FREE).define("ok", type=FREE)
    app.address("ok", "t", FREE).declare("loud")
    lib = Unit("l.a(x.o)", MEMBER, "none").define("other").define("loud2", LOCAL)
    lib.address("loud2", "other").call("loud2", "malloc")
    assert checker.check(app, lib).status == 0
    app.call("main", "other")
    assert checker.check(app, lib).status == 1


# What is not known.


def test_a_call_into_code_without_facts_is_unproven(checker: Checker) -> None:
    app = Unit("a.c").define("main").call("main", "vendor", "a.c:7:3")
    result = checker.check(app)
    assert result.errors == [
        "'main' reaches 'vendor', of which no facts are known [weir-unproven-call]"
    ]
    assert (result.status, result.verdict) == (1, "unproven")


def test_a_unit_of_declarations_proves_nothing(checker: Checker) -> None:
    app = Unit("a.c", kind=1).define("main")
    result = checker.check(app)
    assert (result.status, result.verdict) == (1, "unproven")


def test_a_site_without_a_target_is_unresolved(checker: Checker) -> None:
    app = Unit("a.c").define("main").site("main", FREE, "a.c:4:4")
    result = checker.check(app)
    assert result.errors == [
        "'main' calls through a pointer of type 'void (void *)', and no function that it may "
        "reach is known [weir-unresolved-indirect]"
    ]
    assert result.verdict == "unproven"


def test_inline_assembly_that_calls_is_unresolved(checker: Checker) -> None:
    app = Unit("a.c").define("main").site("main", "", "a.c:4:4", INLINE_ASM)
    app.define("ok").address("ok", "t")
    assert checker.check(app).errors == [
        "'main' calls from inline assembly, and no function that it may reach is known "
        "[weir-unresolved-indirect]"
    ]


def test_what_cannot_be_reached_need_not_be_known(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("dead").call("dead", "vendor").site("dead", FREE)
    assert checker.check(app, policy="[roots]\nfunctions = ['main']\n").status == 0


def test_a_named_root_without_facts_is_unproven(checker: Checker) -> None:
    app = Unit("a.c").define("main").declare("other")
    result = checker.check(app, policy="[roots]\nfunctions = ['other', 'main']\n")
    assert result.errors == [
        "root 'other' has no facts, so what it calls is not known [weir-unproven-root]"
    ]


def test_library_facts_alone_are_not_a_program(checker: Checker) -> None:
    lib = Unit("libc.a(x.o)", MEMBER, "none").define("puts").call("puts", "malloc")
    result = checker.check(lib)
    assert result.status == 2
    assert "it holds no code to start from" in result.err


def test_the_same_inputs_give_the_same_bytes(checker: Checker) -> None:
    units = [
        Unit(f"u{i}.c").define(f"f{i}").call(f"f{i}", f"f{i // 2}").call(f"f{i}", "malloc")
        for i in range(1, 30)
    ]
    first = checker.check(*units)
    assert first.status == 1
    assert all(checker.check(*units).out == first.out for _ in range(3))


# The policy.


def test_init_code_may_allocate(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("boot").call("main", "boot").call("boot", "malloc")
    assert checker.check(app).status == 1
    assert checker.check(app, policy="[init]\nfunctions = ['boot']\n").status == 0


def test_a_path_around_init_code_is_found(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("boot").define("late").call("main", "boot")
    app.call("boot", "late").call("late", "malloc").call("main", "late")
    result = checker.check(app, policy="[init]\nfunctions = ['boot']\n")
    assert "note: 'main' calls 'late'" in result.out


ALLOW = '[[allow]]\ncaller = "{}"\ncallee = "{}"\nreason = "buffers are given"\n'


def test_an_allowed_call_is_cut_and_no_other(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("mount").call("main", "mount").call("mount", "malloc")
    policy = ALLOW.format("mount", "malloc")
    assert checker.check(app, policy=policy).status == 0
    app.call("mount", "calloc")
    assert checker.check(app, policy=policy).errors == [
        "'main' reaches banned function 'calloc' [weir-banned-call]"
    ]


def test_an_allowed_call_through_a_pointer_is_cut_for_its_caller_alone(checker: Checker) -> None:
    units = hook_table()
    policy = ALLOW.format("new_item", "malloc")
    assert checker.check(*units, policy=policy).status == 0
    units[1].define("print").site("print", ALLOC, "cJSON.c:300:3")
    assert checker.check(*units, policy=policy).errors == [
        "'print' reaches banned function 'malloc' [weir-banned-call]"
    ]


@pytest.mark.parametrize(
    ("policy", "line", "text"),
    [
        (ALLOW.format("main", "calloc"), 1, "'main -> calloc' in [[allow]]"),
        ("[init]\nfunctions = ['boot']\n", 2, "'boot' in [init] functions"),
        ("[roots]\nfunctions = ['main', 'isr_*']\n", 2, "'isr_*' in [roots] functions"),
    ],
)
def test_a_policy_entry_that_matches_nothing_is_a_finding(
    checker: Checker, policy: str, line: int, text: str
) -> None:
    result = checker.check(Unit("a.c").define("main"), policy=policy)
    assert result.errors == [f"{text} matches nothing in the program [weir-unused-policy]"]
    assert result.out.startswith(f"weir.toml:{line}:")
    assert result.status == 1


def test_constructors_are_roots_of_the_whole_program(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("setup", LOCAL | CONSTRUCTOR).call("setup", "malloc")
    assert checker.check(app).status == 1


def test_color_is_only_there_when_asked_for(checker: Checker) -> None:
    app = Unit("a.c").define("main", DEFINED).call("main", "malloc")
    path = checker.file(app)
    assert "\x1b" not in checker.run(path).out
    assert "\x1b" in checker.run("--color", "always", path).out
    assert "\x1b" not in checker.run("--color=never", path).out


def large_program() -> bytes:
    """So many calls that several threads sort them. Some bodies are in many units."""
    choose = random.Random(1)
    blobs = []
    for number in range(160):
        unit = Unit(f"src/{number}.c")
        for function in range(60):
            unit.define(f"f{number}_{function}")
        unit.define("shared", COMDAT).call("shared", f"f{number}_0", f"shared.h:{number + 1}:1")
        for function in range(60):
            caller = f"f{number}_{function}"
            for line in range(1, 17):
                other = number if choose.random() < 0.8 else choose.randrange(160)
                unit.call(caller, f"f{other}_{choose.randrange(60)}", f"src/{number}.c:{line}:1")
            unit.call(caller, "shared", f"src/{number}.c:20:1")
            if not choose.randrange(20):
                unit.site(caller, ALLOC, f"src/{number}.c:21:1")
        if not number % 40:
            unit.declare("malloc", type=ALLOC).address("malloc", "hooks", ALLOC, flags=INITIALIZER)
            unit.call(f"f{number}_59", "malloc", f"src/{number}.c:22:1")
        blobs.append(unit.blob())
    return b"".join(blobs)


def test_the_number_of_threads_changes_nothing(checker: Checker) -> None:
    """By one processor the calls are sorted in one piece."""
    facts = checker.write("large.facts", large_program())
    policy = checker.write(
        "weir.toml",
        '[roots]\nfunctions = ["f0_0"]\n'
        '[[allow]]\ncaller = "f0_*"\ncallee = "malloc"\nreason = "a test"\n'
        '[[allow]]\ncaller = "f1_*"\ncallee = "f7_*"\nreason = "a test"\n',
    )
    command = [checker.program, "--policy", policy, "--all", facts]
    one = str(min(os.sched_getaffinity(0)))
    first, second = (
        subprocess.run(words, cwd=checker.directory, capture_output=True, text=True, check=False)
        for words in (command, ["taskset", "-c", one, *command])
    )
    assert (first.returncode, "reaches banned function 'malloc'" in first.stdout) == (1, True)
    assert (first.stdout, first.stderr) == (second.stdout, second.stderr)

"""[[holds]]: a call through a variable that holds what is stored in it goes there, nowhere else."""

from __future__ import annotations

import pytest
from checking import Checker
from factswriter import ESCAPE, LOCAL, MEMBER, SITE_NO_PROTOTYPE, UNKNOWN_STORE, Unit

HANDLER = "_ZTSFviE.generalized"
MAIN = "[roots]\nfunctions = ['main']\n"
HOLDS = "[[holds]]\nvariable = '{}'\nreason = 'only its driver sets it'\n"
UART = MAIN + HOLDS.format("uart.*")
REACHED = "'main' reaches banned function 'malloc' [weir-banned-call]"
USELESS = (
    "'uart.*' in [[holds]] is no variable that calls go through and of which all stores are known "
    "and believed [weir-unused-policy]"
)


def program(flags: int = 0) -> Unit:
    """main calls what `uart.send` holds: `quiet`. `grab`, of the same type, allocates, and is what
    `heap.take` holds."""
    app = Unit("a.c").define("main").site("main", HANDLER, "a.c:9:3", flags).source("uart.send")
    app.define("grab", LOCAL, HANDLER).address("grab", "heap", HANDLER, "a.c:5:12")
    app.define("quiet", LOCAL, HANDLER).address("quiet", "uart", HANDLER)
    app.store("heap.take", "grab").store("uart.send", "quiet")
    return app.call("grab", "malloc", "a.c:2:8")


def test_it_is_the_policy_that_believes(checker: Checker) -> None:
    assert checker.check(program(), policy=MAIN).errors == [REACHED]
    assert checker.check(program(), policy=UART).status == 0
    assert checker.check(program(), policy=MAIN + HOLDS.format("uart.send")).status == 0


def test_a_record_without_a_name_is_named_by_its_place(checker: Checker) -> None:
    app = Unit("a.c").define("main").site("main", HANDLER).source("uart.h:4:1.send")
    app.define("grab", LOCAL, HANDLER).address("grab", "heap", HANDLER).call("grab", "malloc")
    app.define("quiet", LOCAL, HANDLER).address("quiet", "uart", HANDLER)
    app.store("uart.h:4:1.send", "quiet")
    assert checker.check(app, policy=MAIN + HOLDS.format("uart.h:4:1.send")).status == 0


def test_a_call_goes_to_what_its_variable_holds(checker: Checker) -> None:
    result = checker.check(program().store("uart.send", "grab"), policy=UART)
    assert result.errors == [REACHED]
    assert "a function like 'grab', whose address is taken in 'heap' at a.c:5:12" in result.out


def test_a_store_in_another_unit_counts(checker: Checker) -> None:
    far = Unit("b.c").define("far", type=HANDLER).address("far", "setup", HANDLER)
    far.call("far", "malloc")
    assert checker.check(program(), far, policy=UART).status == 0
    assert checker.check(program(), far.store("uart.send", "far"), policy=UART).errors == [REACHED]


def test_a_variable_holds_what_it_was_given_by_others_in_a_circle(checker: Checker) -> None:
    app = program().store("uart.send", source="uart.spare").store("uart.spare", source="uart.send")
    assert checker.check(app, policy=UART).status == 0
    assert checker.check(app.store("uart.spare", "grab"), policy=UART).errors == [REACHED]


def test_what_another_variable_gave_is_believed_by_its_own_name(checker: Checker) -> None:
    app = program().store("uart.send", source="spare")
    assert checker.check(app, policy=UART).errors == [REACHED, USELESS]
    assert checker.check(app, policy=UART + HOLDS.format("spare")).status == 0


def test_of_several_sources_all_count(checker: Checker) -> None:
    app = program().source("heap.take")
    assert checker.check(app, policy=UART).errors == [REACHED, USELESS]
    result = checker.check(app, policy=UART + HOLDS.format("heap.take"))
    assert result.errors == [REACHED]


@pytest.mark.parametrize("flags", [UNKNOWN_STORE, ESCAPE])
@pytest.mark.parametrize("through", [True, False])
def test_what_is_not_known_of_a_variable_is_all_of_its_type(
    checker: Checker, flags: int, through: bool
) -> None:
    app = program()
    if through:
        app.store("uart.send", source="uart.spare")
    app.store("uart.spare" if through else "uart.send", flags=flags)
    assert checker.check(app, policy=UART).errors == [REACHED, USELESS]
    assert checker.check(program().store("heap.take", flags=flags), policy=UART).status == 0


def test_a_variable_that_nobody_stores_in_may_hold_all_of_its_type(checker: Checker) -> None:
    app = Unit("a.c").define("main").site("main", HANDLER).source("uart.send")
    app.define("grab", LOCAL, HANDLER).address("grab", "heap", HANDLER)
    assert checker.check(app.call("grab", "malloc"), policy=UART).errors == [REACHED, USELESS]


def test_a_site_without_a_source_may_call_all_of_its_type(checker: Checker) -> None:
    assert checker.check(program().site("main", HANDLER), policy=UART).errors == [REACHED]


def test_a_call_without_a_prototype_may_call_all_that_fit(checker: Checker) -> None:
    assert checker.check(program(SITE_NO_PROTOTYPE), policy=UART).errors == [REACHED, USELESS]


def test_a_function_stored_under_a_name_whose_address_nobody_takes(checker: Checker) -> None:
    app = program().define("unseen", LOCAL, HANDLER).store("uart.send", "unseen")
    assert checker.check(app, policy=UART).errors == [REACHED, USELESS]


def test_functions_of_a_library_are_not_among_what_is_stored(checker: Checker) -> None:
    """Machine code has no types: a site of any type may call what it takes the address of."""
    library = Unit("libc.a(at.o)", MEMBER, scheme="none").define("hook").call("hook", "malloc")
    library.address("hook", "table")
    assert checker.check(program(), library, policy=MAIN).status == 1
    assert checker.check(program(), library, policy=UART).status == 0


def test_an_entry_ends_and_must_be_whole(checker: Checker) -> None:
    ends = UART + "expires = 2027-01-01\n"
    path = checker.write("weir.toml", ends)
    file = checker.file(program())
    assert checker.run("--policy", path, "--today", "2027-01-01", file).status == 0
    late = checker.run("--policy", path, "--today", "2027-01-02", file)
    assert late.errors[0] == REACHED
    assert "'uart.*' in [[holds]] expired: its last day was 2027-01-01" in late.errors[1]
    bad = checker.check(program(), policy="[[holds]]\nvariable = 'uart.send'\n")
    assert (bad.status, bad.out) == (2, "")
    assert "[[holds]] entry lacks 'reason'; give variable and reason" in bad.err

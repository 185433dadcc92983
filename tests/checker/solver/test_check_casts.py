"""Pointers that are cast: the functions of the one type may be called under the other."""

from __future__ import annotations

import pytest
from checking import Checker
from factswriter import FROM_NO_PROTOTYPE, LOCAL, TO_NO_PROTOTYPE, Unit

GRAB = "_ZTSFilE.generalized"
HANDLER = "_ZTSFviE.generalized"
SLOT = "_ZTSFvvE.generalized"
LOOSE = "_ZTSFiE.generalized"
MAIN = "[roots]\nfunctions = ['main']\n"


def program(site: str = HANDLER) -> Unit:
    """main calls through a pointer; `grab`, of type GRAB, has its address taken and allocates."""
    app = Unit("a.c").define("main").site("main", site, "a.c:9:3")
    app.define("grab", LOCAL, GRAB).address("grab", "setup", GRAB, "a.c:5:12")
    app.define("quiet", type=HANDLER).address("quiet", "setup", HANDLER)
    return app.call("grab", "malloc", "a.c:2:8")


def test_a_pointer_that_is_cast_brings_its_functions(checker: Checker) -> None:
    app = program()
    assert checker.check(app, policy=MAIN).status == 0
    result = checker.check(app.cast(GRAB, HANDLER, "a.c:7:11"), policy=MAIN)
    assert result.errors == ["'main' reaches banned function 'malloc' [weir-banned-call]"]
    assert result.verdict == "violation"
    assert (
        "a.c:9:3: note: 'main' calls through a pointer of type 'void (int)' a function like "
        "'grab', whose address is taken in 'setup' at a.c:5:12, through a pointer cast from "
        "'int (long)' to 'void (int)' at a.c:7:11\n"
    ) in result.out


def test_a_cast_has_a_direction(checker: Checker) -> None:
    assert checker.check(program().cast(HANDLER, GRAB), policy=MAIN).status == 0


def test_a_cast_in_another_unit_counts(checker: Checker) -> None:
    assert checker.check(program(), Unit("b.c").cast(GRAB, HANDLER), policy=MAIN).status == 1


def test_casts_in_a_row_and_in_a_circle(checker: Checker) -> None:
    app = program().cast(GRAB, SLOT, "a.c:6:1")
    assert checker.check(app, policy=MAIN).status == 0
    app.cast(SLOT, HANDLER, "a.c:7:1").cast(SLOT, GRAB).cast(HANDLER, SLOT).cast(HANDLER, GRAB)
    result = checker.check(app, policy=MAIN)
    assert result.verdict == "violation"
    assert (
        ", through a pointer cast from 'int (long)' to 'void ()' at a.c:6:1, through a pointer "
        "cast from 'void ()' to 'void (int)' at a.c:7:1\n"
    ) in result.out


def test_a_circle_without_functions_is_unresolved(checker: Checker) -> None:
    app = Unit("a.c").define("main").site("main", HANDLER)
    app.cast(SLOT, HANDLER).cast(HANDLER, SLOT)
    (error,) = checker.check(app).errors
    assert error.endswith("[weir-unresolved-indirect]")


def test_a_cast_may_bring_the_only_target(checker: Checker) -> None:
    app = Unit("a.c").define("main").site("main", HANDLER).cast(GRAB, HANDLER)
    app.define("fine", type=GRAB).address("fine", "table", GRAB)
    assert checker.check(app).status == 0


@pytest.mark.parametrize("site", [HANDLER, SLOT])
def test_a_pointer_that_loses_its_type_may_be_called_anywhere(checker: Checker, site: str) -> None:
    app = program(site).define("idle", type=SLOT).address("idle", "setup", SLOT)
    assert checker.check(app, policy=MAIN).status == 0
    result = checker.check(app.cast(GRAB, "", "a.c:8:2"), policy=MAIN)
    assert result.errors == [
        "'main' may reach banned function 'malloc', through a pointer of unknown type "
        "[weir-unproven-path]"
    ]
    assert result.verdict == "unproven"
    assert "through a pointer cast from 'int (long)' to what has no type at a.c:8:2\n" in result.out


def test_a_pointer_that_loses_its_type_is_callable_from_another_scheme(checker: Checker) -> None:
    other = Unit("b.c", scheme="kcfi").define("main").site("main", "1a2b3c4d")
    other.declare("grab", type="deadbeef").define("quiet", type="1a2b3c4d")
    other.address("quiet", "table", "1a2b3c4d")
    app = Unit("a.c").define("grab", type=GRAB).address("grab", "setup", GRAB)
    app.call("grab", "malloc")
    assert checker.check(app, other, policy=MAIN).status == 0
    assert checker.check(app.cast(GRAB), other, policy=MAIN).verdict == "unproven"


def test_a_known_path_goes_before_one_through_a_hidden_type(checker: Checker) -> None:
    app = program().cast(GRAB, "").cast(GRAB, HANDLER)
    assert checker.check(app, policy=MAIN).verdict == "violation"


def test_a_type_without_a_prototype_is_cast(checker: Checker) -> None:
    app = program().cast(LOOSE, HANDLER, flags=FROM_NO_PROTOTYPE)
    assert checker.check(app, policy=MAIN).verdict == "violation"
    other = program().cast("_ZTSFdE.generalized", HANDLER, flags=FROM_NO_PROTOTYPE)
    assert checker.check(other, policy=MAIN).status == 0


def test_a_hash_without_a_prototype_may_hold_any_function(checker: Checker) -> None:
    app = Unit("a.c", scheme="kcfi").define("main").site("main", "00000001")
    app.define("quiet", type="00000001").address("quiet", "table", "00000001")
    app.define("grab", type="00000002").address("grab", "table", "00000002")
    app.call("grab", "malloc")
    assert checker.check(app, policy=MAIN).status == 0
    app.cast("00000003", "00000001", flags=FROM_NO_PROTOTYPE)
    assert checker.check(app, policy=MAIN).verdict == "unproven"


def test_a_cast_to_a_type_without_a_prototype(checker: Checker) -> None:
    loose = "_ZTSFvE.generalized"
    app = Unit("a.c").define("main").site("main", loose, flags=4)
    app.define("grab", type=GRAB).address("grab", "table", GRAB).call("grab", "malloc")
    app.define("quiet", type=HANDLER).address("quiet", "table", HANDLER)
    assert checker.check(app, policy=MAIN).status == 0
    assert checker.check(app.cast(GRAB, loose, flags=TO_NO_PROTOTYPE), policy=MAIN).status == 1


def test_what_comes_through_a_cast_can_be_allowed(checker: Checker) -> None:
    app = program().cast(GRAB, SLOT).cast(SLOT, HANDLER).cast(HANDLER, SLOT)
    app.define("other").site("other", HANDLER)
    allow = "[[allow]]\ncaller = 'main'\ncallee = 'grab'\nreason = 'only at start'\n"
    assert checker.check(app, policy=MAIN + allow).status == 0
    both = "[roots]\nfunctions = ['main', 'other']\n" + allow
    assert checker.check(app, policy=both).errors == [
        "'other' reaches banned function 'malloc' [weir-banned-call]"
    ]


def test_a_long_row_of_casts_is_followed(checker: Checker) -> None:
    """Longer than a stack would be deep."""
    names = [f"_ZTSFv{i}sE.generalized" for i in range(100_000)]
    app = program()
    for source, to in zip([GRAB, *names], [*names, HANDLER], strict=True):
        app.cast(source, to)
    assert checker.check(app, policy=MAIN).verdict == "violation"


def test_a_cast_without_types_is_refused(checker: Checker) -> None:
    result = checker.check(program().cast("", ""))
    assert result.status == 2
    assert "cast has neither type" in result.err

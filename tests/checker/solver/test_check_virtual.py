"""Virtual calls, of which more is known than their type: the class hierarchy."""

import pytest
from checking import Checker
from factswriter import COMDAT, INITIALIZER, MEMBER, VIRTUAL, Unit

RUN = "_ZTSFvvE.generalized"
BASE, GOOD, BAD = "_ZN4Base3runEv", "_ZN4Good3runEv", "_ZN3Bad3runEv"
MAIN = "[roots]\nfunctions = ['main']\n"


def shapes(*made: str, bad: str = BAD) -> Unit:
    """main calls Base::run; Good and Bad override it, and Bad's allocates."""
    app = Unit("a.cpp").define("main").site("main", RUN, "a.cpp:3:3", VIRTUAL).method(BASE)
    app.override(BASE, "").override(GOOD, BASE).override(BAD, BASE)
    for name, function in (("Good", GOOD), ("Bad", bad)):
        app.define(function, type=RUN)
        table = f"_ZTV{len(name)}{name}"
        app.address(function, table, RUN, "a.cpp:9:9", INITIALIZER)
        if name in made:
            app.instance("main", table)
    if bad != BAD:
        app.define(BAD, type=RUN).call(bad, BAD)
    return app.call(BAD, "malloc")


@pytest.mark.parametrize(
    "bad", [BAD, "_ZThn8_N3Bad3runEv", "_ZTv0_n24_N3Bad3runEv", "_ZTchn8_v0_n24_N3Bad3runEv"]
)
def test_a_virtual_call_reaches_classes_that_objects_are_made_of(
    checker: Checker, bad: str
) -> None:
    assert checker.check(shapes("Good", bad=bad), policy=MAIN).status == 0
    result = checker.check(shapes("Good", "Bad", bad=bad), policy=MAIN)
    assert result.verdict == "violation"
    assert "'main' makes a virtual call of type 'void ()'" in result.out


def test_a_static_initialiser_makes_objects_too(checker: Checker) -> None:
    assert checker.check(shapes("Good").instance("", "_ZTV3Bad"), policy=MAIN).status == 1


def test_a_class_made_by_code_that_is_not_there_is_not_made(checker: Checker) -> None:
    weak = Unit("b.cpp").define("make", COMDAT).instance("make", "_ZTV3Bad")
    assert checker.check(shapes("Good"), weak, policy=MAIN).verdict == "violation"
    strong = Unit("c.cpp").define("make")
    assert checker.check(shapes("Good"), weak, strong, policy=MAIN).status == 0


def test_an_override_of_an_override_counts(checker: Checker) -> None:
    worse = "_ZN5Worse3runEv"
    app = shapes("Good").override(worse, BAD).define(worse, type=RUN).call(worse, "malloc")
    app.address(worse, "_ZTV5Worse", RUN, flags=INITIALIZER).instance("main", "_ZTV5Worse")
    assert checker.check(app, policy=MAIN).verdict == "violation"


def test_a_site_may_name_several_methods(checker: Checker) -> None:
    app = shapes("Good").define("_ZN5Other3runEv", type=RUN).call("_ZN5Other3runEv", "malloc")
    app.override("_ZN5Other3runEv", "").address("_ZN5Other3runEv", "_ZTV5Other", RUN)
    app.instance("main", "_ZTV5Other")
    assert checker.check(app, policy=MAIN).status == 0
    for first, second in ((BASE, "_ZN5Other3runEv"), ("_ZN5Other3runEv", BASE)):
        late = Unit("b.cpp").define("late").site("late", RUN, flags=VIRTUAL)
        late.method(first).method(second)
        policy = "[roots]\nfunctions = ['late']\n"
        assert checker.check(app, late, policy=policy).verdict == "violation"


def test_a_method_of_which_no_hierarchy_is_known_counts_by_its_type(checker: Checker) -> None:
    app = shapes("Good").define("_ZN3New3runEv", type=RUN).call("_ZN3New3runEv", "malloc")
    app.address("_ZN3New3runEv", "_ZTV3New", RUN).instance("main", "_ZTV3New")
    assert checker.check(app, policy=MAIN).verdict == "violation"
    assert checker.check(app.override("_ZN3New3runEv", ""), policy=MAIN).status == 0


def test_functions_of_the_type_that_are_no_methods_are_not_called(checker: Checker) -> None:
    app = shapes("Good").define("plain", type=RUN).address("plain", "hook", RUN)
    assert checker.check(app.call("plain", "malloc"), policy=MAIN).status == 0


def test_a_table_for_construction_counts(checker: Checker) -> None:
    app = shapes("Good").address(BAD, "_ZTC4Most0_3Bad", RUN, flags=INITIALIZER)
    assert checker.check(app, policy=MAIN).verdict == "violation"


def test_a_library_makes_objects_and_overrides_unseen(checker: Checker) -> None:
    library = Unit("lib.a(v.o)", MEMBER, "none").declare(BAD)
    library.address(BAD, ".data.rel.ro", flags=INITIALIZER)
    assert checker.check(shapes("Good"), library, policy=MAIN).verdict == "violation"
    library = Unit("lib.a(v.o)", MEMBER, "none").define("hidden").call("hidden", "malloc")
    library.address("hidden", "_ZTV6Hidden", flags=INITIALIZER)
    assert checker.check(shapes("Good"), library, policy=MAIN).verdict == "unproven"


def test_with_a_unit_without_source_a_call_is_by_its_type(checker: Checker) -> None:
    vendor = Unit("v.o", scheme="none").define("vendor")
    assert checker.check(shapes("Good"), vendor, policy=MAIN).verdict == "violation"


def test_with_an_object_in_cxx_a_call_is_by_its_type(checker: Checker) -> None:
    machine = Unit("b.o", MEMBER, "none").define("start")
    assert checker.check(shapes("Good"), machine, policy=MAIN).status == 0
    assert checker.check(shapes("Good"), machine.declare(BASE), policy=MAIN).status == 1


def test_a_destructor_is_called_by_its_type(checker: Checker) -> None:
    app = Unit("a.cpp").define("main").site("main", RUN, flags=VIRTUAL)
    app.method("_ZN4BaseD0Ev").method(BASE)
    for name in ("_ZN4BaseD0Ev", BASE):
        app.override(name, "").define(name, type=RUN).address(name, "_ZTV4Base", RUN)
    app.instance("main", "_ZTV4Base").define("_ZN3BadD0Ev", type=RUN)
    app.address("_ZN3BadD0Ev", "_ZTV3Bad", RUN).call("_ZN3BadD0Ev", "malloc")
    assert checker.check(app, policy=MAIN).verdict == "violation"


def test_a_method_that_nothing_holds_is_called_by_its_type(checker: Checker) -> None:
    assert checker.check(shapes(), policy=MAIN).verdict == "violation"

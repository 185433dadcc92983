"""The baseline: what was accepted is not told, what is new is, and it only shrinks."""

import pytest
from checking import Checker, Result
from factswriter import LOCAL, Unit

BASELINE = ("--baseline", "known.toml")


def program(*callers: str) -> Unit:
    app = Unit("a.c").define("main")
    for caller in callers:
        app.define(caller, LOCAL).call("main", caller, "a.c:1:1").call(caller, "malloc", "a.c:2:1")
    return app


def check(checker: Checker, unit: Unit, *options: str) -> Result:
    return checker.run(*BASELINE, *options, checker.file(unit))


def made(checker: Checker, unit: Unit) -> str:
    result = check(checker, unit, "--update-baseline")
    assert (result.status, result.out) == (0, ""), result.err
    return checker.path("known.toml").read_text()


def test_what_is_accepted_is_not_reported(checker: Checker) -> None:
    text = made(checker, program("f", "g"))
    assert [line for line in text.splitlines() if line.startswith("  ")] == [
        '  { rule = "weir-banned-call", root = "main", caller = "a.c:f", callee = "malloc" },',
        '  { rule = "weir-banned-call", root = "main", caller = "a.c:g", callee = "malloc" },',
    ]
    assert (check(checker, program("f", "g")).status, check(checker, program("g", "f")).status) == (
        0,
        0,
    )


def test_a_new_caller_is_not_hidden_by_an_old_one(checker: Checker) -> None:
    made(checker, program("f"))
    result = check(checker, program("f", "g"))
    assert (result.status, len(result.errors)) == (1, 1)
    assert "'g' calls 'malloc'" in result.out


def test_an_entry_that_is_found_no_more_is_an_error(checker: Checker) -> None:
    made(checker, program("f", "g"))
    result = check(checker, program("g"))
    assert result.errors == [
        "'weir-banned-call main a.c:f malloc' is in the baseline, but is found no more "
        "[weir-stale-baseline]"
    ]
    assert result.out.startswith("known.toml:5:3: error: ")


def test_it_only_shrinks(checker: Checker) -> None:
    before = made(checker, program("f", "g"))
    result = check(checker, program("g", "h"), "--update-baseline")
    assert (result.status, len(result.errors)) == (1, 1)
    after = checker.path("known.toml").read_text()
    assert after != before
    assert set(after.splitlines()) < set(before.splitlines())
    assert '"a.c:g"' in after


def test_writing_it_again_changes_nothing(checker: Checker) -> None:
    before = made(checker, program("f", "g"))
    assert made(checker, program("g", "f")) == before


def test_mistakes_in_the_policy_are_not_accepted(checker: Checker) -> None:
    checker.write("weir.toml", "[roots]\nfunctions = ['*', 'gone']\n")
    result = check(checker, program("f"), "--update-baseline", "--policy=weir.toml")
    assert [error.rsplit(" ", 1)[1] for error in result.errors] == ["[weir-unused-policy]"]


def test_unproven_findings_are_accepted_name_by_name(checker: Checker) -> None:
    def app(*names: str) -> Unit:
        unit = Unit("a.c").define("main")
        for name in names:
            unit.call("main", name)
        return unit

    made(checker, app("one", "two"))
    assert check(checker, app("one", "two")).status == 0
    assert len(check(checker, app("one", "two", "three")).errors) == 1


def test_strange_names_survive(checker: Checker) -> None:
    unit = Unit('a"\\b.c').define("main").define("f\t", LOCAL).call("main", "f\t")
    unit.call("f\t", "malloc")
    made(checker, unit)
    assert check(checker, unit).status == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version = ", "known.toml:1:1"),
        ("findings = []\n", "the baseline has another version than 1"),
        ("version = 2\nfindings = []\n", "the baseline has another version than 1"),
        ("version = 1\n", "the baseline lacks its array 'findings'"),
        ("version = 1\nfindings = [1]\n", "known.toml:2:13: error: the entry is not a table of"),
        ("version = 1\nfindings = [{ rul = 'x' }]\n", "the entry is not a table of"),
        ("version = 1\nfindings = [{ rule = 1 }]\n", "the entry is not a table of"),
        ("version = 1\nfindings = [{ root = 'x' }]\n", "the entry is not a table of"),
    ],
)
@pytest.mark.parametrize("option", [(), ("--update-baseline",)])
def test_a_wrong_baseline(
    checker: Checker, text: str, message: str, option: tuple[str, ...]
) -> None:
    checker.write("known.toml", text)
    result = check(checker, program("f"), *option)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert checker.path("known.toml").read_text() == text


def test_a_baseline_that_is_not_there(checker: Checker) -> None:
    result = check(checker, program("f"))
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("known.toml: error: cannot read the baseline: ")
    assert checker.run("--update-baseline", "a.o").status == 2


def test_a_place_that_cannot_be_written(checker: Checker) -> None:
    unit = checker.file(program("f"))
    result = checker.run("--baseline", "no/such/known.toml", "--update-baseline", unit)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("no/such/known.toml: error: cannot write the baseline: ")

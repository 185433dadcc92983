"""`explain`, `paths`, `--all`, `--version`."""

import json

from checking import Checker
from factswriter import INITIALIZER, LOCAL, VIRTUAL, Unit

VOID = "_ZTSFvvE.generalized"
INT = "_ZTSFviE.generalized"


def hooks() -> Unit:
    app = Unit("src/a.c").define("main").define("run", LOCAL).call("main", "run", "src/a.c:2:3")
    app.call("run", "grow", "src/a.c:5:1").site("run", VOID, "src/a.c:6:2")
    app.site("run", INT, "src/a.c:7:2", VIRTUAL).cast(VOID, INT, "src/a.c:8:9")
    app.define("grow", type=VOID).address("grow", "table", VOID, "src/a.c:9:4", INITIALIZER)
    return app.call("grow", "malloc", "src/a.c:10:1")


def test_explain_names_every_way_over_one_edge(checker: Checker) -> None:
    result = checker.run("explain", "a.c:run", "grow", checker.file(hooks()))
    notes = [
        line.split(": note: ")[1] for line in result.out.splitlines() if "weir-edge" not in line
    ]
    assert notes == [
        "'run' calls 'grow'",
        "'run' calls through a pointer of type 'void ()' a function like 'grow', whose address is "
        "taken in 'table' at src/a.c:9:4",
        "'run' makes a virtual call of type 'void (int)' a function like 'grow', whose address is "
        "taken in 'table' at src/a.c:9:4, through a pointer cast from 'void ()' to 'void (int)' "
        "at src/a.c:8:9",
    ]
    assert result.status == 0


def test_explain_says_what_the_policy_allows(checker: Checker) -> None:
    checker.write("weir.toml", "[[allow]]\ncaller = 'grow'\ncallee = 'malloc'\nreason = 'once'\n")
    result = checker.run("explain", "--policy=weir.toml", "grow", "malloc", checker.file(hooks()))
    assert "weir.toml:1:1: note: the policy allows it: once" in result.out


def test_explain_without_an_edge(checker: Checker) -> None:
    result = checker.run("explain", "main", "malloc", checker.file(hooks()))
    assert (result.status, result.out) == (1, "")
    assert result.err.startswith("weir-check: 'main' does not call 'malloc'; `weir-check paths`")


def test_functions_are_found_by_what_a_user_writes(checker: Checker) -> None:
    unit = Unit("b.cpp").define("_ZN3Log3putEc").call("_ZN3Log3putEc", "_Z4growi", "b.cpp:1:1")
    path = checker.file(unit)
    for name in ("_ZN3Log3putEc", "Log::put(char)", "Log::put"):
        assert checker.run("explain", name, "grow", path).status == 0, name
    result = checker.run("explain", "Log::nothing", "grow", path)
    assert result.status == 2
    assert result.err.startswith("weir-check: error: there is no function 'Log::nothing' in the")


def test_paths_shows_the_shortest_way(checker: Checker) -> None:
    result = checker.run("paths", "main", "malloc", checker.file(hooks()))
    assert result.out.splitlines() == [
        "src/a.c:2:3: note: 'main' reaches 'malloc' [weir-path]",
        "src/a.c:2:3: note: 'main' calls 'run'",
        "src/a.c:5:1: note: 'run' calls 'grow'",
        "src/a.c:10:1: note: 'grow' calls 'malloc'",
    ]
    assert (result.status, result.err) == (0, "")


def test_paths_follows_the_policy_when_there_is_one(checker: Checker) -> None:
    checker.write("weir.toml", "[init]\nfunctions = ['run']\n")
    path = checker.file(hooks())
    result = checker.run("paths", "--policy=weir.toml", "main", "malloc", path)
    assert (result.status, result.out) == (1, "")
    assert result.err == "weir-check: 'main' does not reach 'malloc'\n"


def test_paths_all_shows_one_by_each_caller(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("f").define("g").call("main", "f").call("main", "g")
    app.call("f", "malloc").call("g", "malloc").call("f", "g")
    path = checker.file(app)
    assert checker.run("paths", "main", "malloc", path).out.count("[weir-path]") == 1
    assert checker.run("paths", "--all", "main", "malloc", path).out.count("[weir-path]") == 2


def test_all_reports_every_caller_of_a_banned_function(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("f").define("g").define("dead")
    app.call("main", "f").call("f", "g").call("f", "malloc", "a.c:1:1").call(
        "g", "malloc", "a.c:2:2"
    )
    app.site("g", VOID, "a.c:3:3").define("hook", type=VOID).call("hook", "malloc", "a.c:4:4")
    app.address("hook", "table", VOID, "a.c:5:5", INITIALIZER).call("dead", "malloc", "a.c:6:6")
    checker.write("weir.toml", "[roots]\nfunctions = ['main']\n")
    path = checker.file(app)
    assert len(checker.run("--policy=weir.toml", path).errors) == 1
    result = checker.run("--all", "--format=json", "--policy=weir.toml", path)
    callers = {f["symbols"][0]["caller"] for f in json.loads(result.out)["findings"]}
    assert callers == {"f", "g", "hook"}


def test_all_finds_who_calls_through_a_pointer(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("g").call("main", "g").call("main", "malloc")
    app.site("g", VOID).declare("malloc", type=VOID).address("malloc", "table", VOID)
    assert len(checker.run("--all", checker.file(app)).errors) == 2


def test_version(checker: Checker) -> None:
    result = checker.run("--version")
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("weir-check 0.1.0 (LLVM ")

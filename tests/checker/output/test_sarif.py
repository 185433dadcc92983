"""SARIF: valid by its schema, with code flows, and with fingerprints that survive edits."""

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from checking import Checker, Result
from factswriter import INITIALIZER, LOCAL, Unit

VOID = "_ZTSFvvE.generalized"


@pytest.fixture(scope="session")
def schema() -> dict[str, Any]:
    named = os.environ.get("WEIR_SARIF_SCHEMA")
    if not named or not Path(named).exists():
        if os.environ.get("WEIR_REQUIRE_TOOLS"):
            pytest.fail("WEIR_SARIF_SCHEMA names no schema")
        pytest.skip("WEIR_SARIF_SCHEMA names no schema")
    loaded: dict[str, Any] = json.loads(Path(named).read_text("utf-8"))
    return loaded


def program(line: int = 3, path: str = "src/main.c") -> list[Unit]:
    """A violation, an unproven call, a call through a pointer, one in assembly."""
    at = f"{path}:{line}:5"
    app = Unit(path).define("main", at=f"{path}:1:1").define("work", LOCAL, at=f"{path}:2:1")
    app.call("main", "work", at).call("work", "malloc", at).call("work", "vendor", at)
    app.site("work", VOID, at).address("sink", "table", VOID, at, INITIALIZER)
    app.site("main", "_ZTSFviE.generalized", at).site("main", "_ZTSFviE.generalized", at)
    return [app, Unit("sink.c").define("sink", type=VOID).call("sink", "calloc", "sink.c:9:2")]


def run(result: Result) -> dict[str, Any]:
    runs: dict[str, Any] = json.loads(result.out)["runs"][0]
    return runs


def sarif(checker: Checker, *units: Unit, policy: str = "") -> Result:
    checker.write("weir.toml", policy or "[roots]\nfunctions = ['main']\n")
    files = [checker.file(u) for u in units]
    return checker.run("--format=sarif", "--policy", "weir.toml", *files)


def prints(result: Result) -> list[str]:
    return sorted(r["partialFingerprints"]["weir/v1"] for r in run(result)["results"])


@pytest.mark.parametrize("path", ["src/main.c", "/abs/a file#1.c", "src/\u00fc.c"])
def test_it_is_valid(checker: Checker, schema: dict[str, Any], path: str) -> None:
    result = sarif(checker, *program(path=path))
    assert result.status == 1
    jsonschema.Draft4Validator(schema).validate(json.loads(result.out))
    assert len(run(result)["results"]) == 5


def test_the_validator_can_fail(schema: dict[str, Any], checker: Checker) -> None:
    document = json.loads(sarif(checker, *program()).out)
    document["runs"][0]["results"][0]["level"] = "bad"
    assert not jsonschema.Draft4Validator(schema).is_valid(document)


def test_a_clean_program_is_valid_too(checker: Checker, schema: dict[str, Any]) -> None:
    result = sarif(checker, Unit("a.c").define("main"))
    jsonschema.Draft4Validator(schema).validate(json.loads(result.out))
    assert (result.status, run(result)["results"]) == (0, [])


def test_a_finding_without_a_place_is_valid(checker: Checker, schema: dict[str, Any]) -> None:
    result = sarif(checker, Unit("a.c").define("main").call("main", "malloc"))
    jsonschema.Draft4Validator(schema).validate(json.loads(result.out))


def test_the_path_is_the_code_flow(checker: Checker) -> None:
    results = run(sarif(checker, *program()))["results"]
    (flow,) = [r["codeFlows"] for r in results if "'calloc'" in r["message"]["text"]]
    steps = flow[0]["threadFlows"][0]["locations"]
    texts = [s["location"]["message"]["text"] for s in steps]
    assert [t.split(" ")[0] for t in texts] == ["'main'", "'work'", "'sink'"]
    assert "whose address is taken in 'table'" in texts[1]
    last = steps[-1]["location"]["physicalLocation"]
    assert last["artifactLocation"]["uri"] == "sink.c"
    assert last["region"] == {"startLine": 9, "startColumn": 2}


def test_rules_and_levels(checker: Checker) -> None:
    found = run(sarif(checker, *program()))
    rules = found["tool"]["driver"]["rules"]
    for result in found["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        is_violation = result["properties"]["verdict"] == "violation"
        assert result["level"] == ("error" if is_violation else "warning")
    assert found["properties"]["verdict"] == "violation"


def test_fingerprints_survive_moved_lines_and_tell_findings_apart(checker: Checker) -> None:
    before = prints(sarif(checker, *program(line=3)))
    assert prints(sarif(checker, *program(line=400))) == before
    assert len(set(before)) == len(before)


def test_fingerprints_survive_a_new_function_on_the_way(checker: Checker) -> None:
    app = Unit("a.c").define("main").define("work").call("main", "work").call("work", "malloc")
    longer = Unit("a.c").define("main").define("mid").define("work")
    longer.call("main", "mid").call("mid", "work").call("work", "malloc")
    other = Unit("a.c").define("main").define("work").call("main", "work").call("work", "calloc")
    assert prints(sarif(checker, app)) == prints(sarif(checker, longer))
    assert prints(sarif(checker, app)) != prints(sarif(checker, other))


def test_paths_become_uris(checker: Checker) -> None:
    result = sarif(checker, *program(path="/abs/a file#1.c"))
    assert '"uri": "file:///abs/a%20file%231.c"' in result.out
    assert '"uri": "src/%C3%BC.c"' in sarif(checker, *program(path="src/\u00fc.c")).out

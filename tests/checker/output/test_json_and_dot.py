"""JSON as FORMATS.md describes it, and paths as a graph."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from checking import Checker
from factswriter import LOCAL, Unit

REPOSITORY = Path(__file__).parents[3]
POLICY = "[roots]\nfunctions = ['main', 'isr']\n"


def program() -> list[Unit]:
    app = Unit("a.c").define("main").define("isr").define("work", LOCAL)
    app.call("main", "work", "a.c:3:1").call("isr", "work", "a.c:4:1")
    app.call("work", "_Z4growi", "a.c:5:1")
    lib = Unit("b.c").define("_Z4growi").define("work", LOCAL).call("_Z4growi", "work", "b.c:6:1")
    return [app, lib.call("work", "malloc", "b.c:7:1").call("work", "vendor", "b.c:8:1")]


def output(checker: Checker, form: str, *units: Unit) -> str:
    checker.write("weir.toml", POLICY)
    files = [checker.file(u) for u in units]
    return checker.run(f"--format={form}", "--policy=weir.toml", *files).out


def test_json_says_all_that_text_says(checker: Checker) -> None:
    document = json.loads(output(checker, "json", *program()))
    assert (document["format"], document["version"]) == ("weir-findings", 1)
    assert (document["verdict"], document["functions"], document["units"]) == ("violation", 5, 2)
    text = checker.check(*program(), policy=POLICY).out
    said = []
    for finding in document["findings"]:
        place = ":".join(str(finding[k]) for k in ("file", "line", "column"))
        said.append(f"{place}: error: {finding['message']} [{finding['rule']}]")
        for note in [*finding["path"], *finding["notes"]]:
            place = ":".join(str(note[k]) for k in ("file", "line", "column"))
            said.append(f"{place}: note: {note['text']}")
    assert said == text.splitlines()


def test_json_names_functions_by_symbol(checker: Checker) -> None:
    document = json.loads(output(checker, "json", *program()))
    finding = document["findings"][0]
    assert finding["rule"] == "weir-banned-call"
    assert finding["symbols"] == [{"root": "main", "caller": "b.c:work", "callee": "malloc"}]
    ends = [(hop["from"], hop["to"]) for hop in finding["path"]]
    assert ends == [
        ("main", "a.c:work"),
        ("a.c:work", "_Z4growi"),
        ("_Z4growi", "b.c:work"),
        ("b.c:work", "malloc"),
    ]
    assert re.fullmatch("[0-9a-f]{16}", finding["fingerprint"])


def test_json_has_the_keys_that_are_documented(checker: Checker) -> None:
    """Every key that is written stands in FORMATS.md."""
    text = (REPOSITORY / "checker" / "output" / "FORMATS.md").read_text("utf-8")

    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {k for v in value.values() for k in keys(v)}
        return {k for v in value for k in keys(v)} if isinstance(value, list) else set()

    for key in keys(json.loads(output(checker, "json", *program()))):
        assert f"`{key}`" in text


def test_dot_joins_the_paths(checker: Checker) -> None:
    text = output(checker, "dot", *program())
    assert text.count('"a.c:work" -> "_Z4growi"') == 1
    assert '"main" -> "a.c:work" [label="a.c:3"];' in text
    assert '"isr" -> "a.c:work" [label="a.c:4"];' in text
    assert '"_Z4growi" [label="grow(int)"];' in text
    assert re.search(r'"malloc" \[label="malloc", style=filled', text)


def test_graphviz_reads_the_graph(checker: Checker) -> None:
    dot = shutil.which("dot")
    if not dot:
        pytest.skip("graphviz is not installed")
    text = output(checker, "dot", *program())
    done = subprocess.run([dot, "-Tplain"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\nnode ") == 7


@pytest.mark.parametrize("form", ["json", "dot", "sarif"])
def test_names_with_strange_bytes_are_escaped(checker: Checker, form: str) -> None:
    app = Unit('q"\\.c').define("main").call("main", 'a"b\\c\n', 'q"\\.c:1:1')
    text = output(checker, form, app)
    if form != "dot":
        json.loads(text)
    else:
        assert '"a\\"b\\\\c\\n"' in text


@pytest.mark.parametrize("form", ["text", "json", "dot", "sarif"])
def test_the_order_of_inputs_does_not_matter_and_runs_agree(checker: Checker, form: str) -> None:
    units = [*program(), Unit("c.c").define("lone").call("lone", "calloc", "c.c:1:1")]
    first = output(checker, form, *units)
    assert output(checker, form, *units) == first
    assert output(checker, form, *reversed(units)) == first

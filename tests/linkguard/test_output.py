"""The formats of findings: each emitter, from one report made by hand, and from a real image."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from linkguard import output
from linkguard.findings import Finding, Note, Report, Verdict, Why, fingerprints
from linkguard.location import Location, shown
from tests.linkguard.conftest import Outcome
from tests.linkguard.toolchains import FIXTURES, NANO, must
from tests.sarif import valid_run

Run = Callable[..., Outcome]

FOUND = Finding(
    rule="weir-banned-symbol",
    location=Location("src/a b.c", 12, 5),
    text="'malloc' survives: called by 'add_item'",
    notes=(
        Note(Location("start.c", 3), "'_start' is the entry point", Why.ENTRY, target="_start"),
        Note(Location("/x/s.c", 4, 2), "'_start' calls 'main'", Why.CALL, "_start", "main"),
        Note(Location(), "'main' uses 't'", Why.ADDRESS, "main", "t"),
        Note(Location("k.c"), "a word beside it"),
        Note(Location("a.c", 12, 5), "remove it", Why.REMEDY),
    ),
    subject="malloc",
    others=(Note(Location("b.c", 1), "'tick' calls 'main'", Why.CALL, "tick", "main"),),
)
UNPROVEN = Finding("weir-unproven", Location("a.elf"), "not known", subject="malloc")
REPORT = Report((FOUND, UNPROVEN), ("no debug information",))


def test_text() -> None:
    assert output.render(REPORT, "text") == (
        "src/a b.c:12:5: error: 'malloc' survives: called by 'add_item' [weir-banned-symbol]\n"
        "start.c:3: note: '_start' is the entry point\n"
        "/x/s.c:4:2: note: '_start' calls 'main'\n"
        "linkguard: note: 'main' uses 't'\n"
        "k.c: note: a word beside it\n"
        "b.c:1: note: also: 'tick' calls 'main'\n"
        "a.c:12:5: note: remove it\n"
        "a.elf: error: not known [weir-unproven]\n"
    )


def test_json() -> None:
    record = json.loads(output.render(REPORT, "json"))
    assert (record["format"], record["version"]) == ("weir-findings", 1)
    assert (record["verdict"], record["limits"]) == ("violation", ["no debug information"])
    first, second = record["findings"]
    assert (first["file"], first["line"], first["column"]) == ("src/a b.c", 12, 5)
    assert first["message"] == FOUND.text
    assert first["symbols"] == [{"root": "_start", "caller": "main", "callee": "malloc"}]
    assert first["path"][1] == {
        "why": "call",
        "certain": True,
        "from": "_start",
        "to": "main",
        "text": "'_start' calls 'main'",
        "file": "/x/s.c",
        "line": 4,
        "column": 2,
    }
    assert [hop["certain"] for hop in first["path"]] == [True, True, False]
    assert [note["text"] for note in first["notes"]] == ["a word beside it", "remove it"]
    assert first["others"][0]["from"] == "tick"
    assert (second["verdict"], second["path"], second["notes"]) == ("unproven", [], [])
    assert second["symbols"] == [{"callee": "malloc"}]


def test_sarif_is_valid_and_keeps_the_chain() -> None:
    log = valid_run(output.render(REPORT, "sarif"))
    rules = [rule["id"] for rule in log["tool"]["driver"]["rules"]]
    first, second = log["results"]
    for result in (first, second):
        assert rules[result["ruleIndex"]] == result["ruleId"]
    assert (first["level"], second["level"]) == ("error", "warning")
    assert first["message"]["text"].splitlines() == [FOUND.text, "a word beside it", "remove it"]
    assert log["properties"]["verdict"] == first["properties"]["verdict"] == "violation"
    assert set(first["partialFingerprints"]) == {"weir/v1"}
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "src/a%20b.c"
    assert place["region"] == {"startLine": 12, "startColumn": 5}
    (flow,) = first["codeFlows"]
    steps = [step["location"] for step in flow["threadFlows"][0]["locations"]]
    assert [step["message"]["text"] for step in steps] == [n.text for n in FOUND.hops]
    assert steps[1]["physicalLocation"]["artifactLocation"]["uri"] == "file:///x/s.c"
    assert "physicalLocation" not in steps[2]
    assert [step["nestingLevel"] for step in flow["threadFlows"][0]["locations"]] == [0, 1, 2]
    beside = [place["message"]["text"] for place in first["relatedLocations"]]
    assert beside == ["'tick' calls 'main'"]
    (said,) = log["invocations"][0]["toolExecutionNotifications"]
    assert said["message"]["text"] == "no debug information"
    assert "codeFlows" not in second


def test_an_empty_report_is_valid_in_every_format() -> None:
    empty = Report(())
    assert valid_run(output.render(empty, "sarif"))["results"] == []
    assert json.loads(output.render(empty, "json"))["verdict"] == "clean"
    assert output.render(empty, "text") == ""
    assert output.render(empty, "dot").startswith("digraph")


def test_a_fingerprint_outlives_moved_lines_and_other_paths() -> None:
    moved = FOUND._replace(
        location=Location("other.c", 99), text="x", notes=FOUND.notes[2:], others=()
    )
    assert fingerprints([FOUND]) == fingerprints([moved])
    other_user = Note(Location("a.c"), "'two' calls 'malloc'", Why.CALL, "two", "malloc")
    assert fingerprints([FOUND]) != fingerprints([FOUND._replace(notes=(other_user,))])
    assert fingerprints([FOUND]) != fingerprints([FOUND._replace(subject="calloc")])
    prints = fingerprints([FOUND, moved])
    assert [mark.partition(":")[2] for mark in prints] == ["1", "2"]
    assert len(prints[0].partition(":")[0]) == 16


def test_the_verdict_of_a_report() -> None:
    assert Report(()).verdict == Verdict.CLEAN
    assert Report((UNPROVEN,)).verdict == Verdict.UNPROVEN
    assert Report((UNPROVEN, FOUND)).verdict == Verdict.VIOLATION


def test_dot_draws_hops_and_what_is_not_certain() -> None:
    text = output.render(REPORT, "dot")
    assert '"_start" -> "main" [label="call"];' in text
    assert '"main" -> "t" [label="address" style=dashed];' in text
    assert '"tick" -> "main" [label="call"];' in text
    assert '"malloc" [style=filled fillcolor=lightpink];' in text


def test_a_place_is_shown_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown(Location(f"{tmp_path}/src/a.c", 1, 2)) == Location("src/a.c", 1, 2)
    assert shown(Location("/else/a.c", 1)) == Location("/else/a.c", 1)
    assert shown(Location("../../../newlib/libc/x.c", 7)) == Location("newlib/libc/x.c", 7)
    (tmp_path / "below").mkdir()
    (tmp_path / "a.c").write_text("")
    monkeypatch.chdir(tmp_path / "below")
    assert shown(Location("../a.c", 7)) == Location("../a.c", 7)


@pytest.fixture(scope="module")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    NANO.require()
    directory = tmp_path_factory.mktemp("firmware")
    sources = [FIXTURES / name for name in ("start.c", "firmware.c", "hooks.c")]
    objects = [NANO.compile(s, directory / f"{s.stem}.o", "-Os") for s in sources]
    image, linkmap = directory / "a.elf", directory / "a.map"
    must(*NANO.link_command(objects, image, "-Wl,--emit-relocs", f"-Wl,-Map={linkmap}"))
    return image, linkmap


def test_every_format_says_the_same_of_an_image(
    linkguard: Run, firmware: tuple[Path, Path]
) -> None:
    image, linkmap = firmware
    arguments = ("explain", image, "--map", linkmap)
    text = linkguard(*arguments)
    record = json.loads(linkguard(*arguments, "--format", "json").out)
    log = valid_run(linkguard("explain", "--format", "sarif", "--map", linkmap, image).out)
    assert text.status == 1 and text.out.count(": error: ") == len(record["findings"])
    assert [r["message"]["text"].splitlines()[0] for r in log["results"]] == [
        finding["message"] for finding in record["findings"]
    ]
    for finding in record["findings"]:
        path = finding["path"]
        assert path[0]["why"] == "entry" and finding["notes"][-1]["why"] == "remedy"
        assert [hop["from"] for hop in path[1:]] == [hop["to"] for hop in path[:-1]]
        (names,) = finding["symbols"]
        assert names["callee"] == path[-1]["to"] and names["caller"] == path[-1]["from"]


def test_all_adds_every_other_way(linkguard: Run, firmware: tuple[Path, Path]) -> None:
    image, linkmap = firmware
    plain = json.loads(linkguard("explain", image, "--map", linkmap, "--format=json").out)
    every = json.loads(linkguard("explain", image, "--map", linkmap, "--all", "--format=json").out)
    assert all(finding["others"] == [] for finding in plain["findings"])
    assert [f["path"] for f in plain["findings"]] == [f["path"] for f in every["findings"]]
    others = {(n["from"], n["to"]) for f in every["findings"] for n in f["others"]}
    assert others
    for finding in every["findings"]:
        chain = {(n.get("from"), n.get("to")) for n in finding["path"]}
        assert not chain & {(n["from"], n["to"]) for n in finding["others"]}


def test_verify_in_every_format(linkguard: Run, firmware: tuple[Path, Path]) -> None:
    image, _ = firmware
    log = valid_run(linkguard("verify", "--format", "sarif", image).out)
    assert {r["ruleId"] for r in log["results"]} == {"weir-banned-symbol"}
    outcome = linkguard("verify", image)
    assert "../" not in outcome.out and outcome.status == 1
    assert linkguard("verify", "--format", "xml", image).status == 2

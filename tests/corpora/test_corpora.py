"""Three small corpora in both configurations; `./run corpora` has all seven."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from . import auditing, measure
from .building import Tools
from .judging import Finding
from .measure import Result, metrics

SHORT = ("cjson", "nanopb", "zlib")


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    packages = Path(os.environ.get("WEIR_CJSON", "")).parent
    lacking = [name for name in SHORT if not (packages / name).is_dir()]
    lacking += [tool for tool in ("valgrind", "arm-none-eabi-gcc") if not shutil.which(tool)]
    if lacking and not os.environ.get("WEIR_REQUIRE_TOOLS"):
        pytest.skip(f"not there: {', '.join(lacking)}; './run test checker' brings them")
    build = tmp_path_factory.mktemp("build")
    (build / "third-party").symlink_to(packages.absolute())
    return measure.measure(Tools.from_environment(), build, SHORT)


def test_without_malloc_there_is_no_finding(results: list[Result]) -> None:
    found = {r.corpus: r.proven for r in results if r.variant == "nomalloc"}
    assert found == {"cjson": 0, "nanopb": 0, "zlib": 0}


def test_without_malloc_little_is_unproven(results: list[Result]) -> None:
    """nanopb calls handlers of extensions, and this program has none."""
    found = {r.corpus: {f.rule for f in r.unproven} for r in results if r.variant == "nomalloc"}
    assert found == {"cjson": set(), "nanopb": {"weir-unresolved-indirect"}, "zlib": set()}


@pytest.mark.parametrize(
    ("corpus", "root", "banned"),
    [
        ("cjson", "cJSON_Parse", "malloc"),
        ("cjson", "cJSON_PrintUnformatted", "realloc"),
        ("nanopb", "pb_decode", "realloc"),
        ("zlib", "deflateInit_", "malloc"),
    ],
)
def test_with_malloc_the_interface_reaches_it(
    results: list[Result], corpus: str, root: str, banned: str
) -> None:
    (result,) = (r for r in results if (r.corpus, r.variant) == (corpus, "allocating"))
    assert f"'{root}' reaches banned function '{banned}'" in {f.text for f in result.findings}


def test_what_was_judged_feasible_by_hand_is_found(results: list[Result]) -> None:
    """A finding that was a false alarm may go; one that was right may not."""
    found = {r.corpus: r.findings for r in results if r.variant == "allocating"}
    still = {(entry.corpus, entry.text) for entry in auditing.still_found(found)}
    for entry in auditing.judged():
        if entry.corpus in SHORT and entry.feasible:
            assert (entry.corpus, entry.text) in still


def test_a_sample_is_of_fifty() -> None:
    entries = auditing.judged()
    assert len({(entry.corpus, entry.text) for entry in entries}) == len(entries)
    for number in {number for entry in entries for number in entry.samples}:
        sizes = Counter(entry.corpus for entry in entries if number in entry.samples)
        assert sizes == auditing.SIZES
        assert sizes.total() == 50
    assert not [entry for entry in entries if entry.path and not entry.feasible]
    assert not [entry for entry in entries if entry.refuted and entry.feasible]
    assert not [entry for entry in entries if entry.refuted and 2 in entry.samples]


def test_a_sample_is_drawn_at_even_distances() -> None:
    def finding(number: int, rule: str) -> Finding:
        return Finding(f"{number}", rule, ())

    found = [finding(i, "weir-banned-call") for i in range(16)]
    found.insert(3, finding(99, "weir-unproven-path"))
    drawn = [int(each.text) for each in auditing.draw("cjson", found)]
    assert drawn == [1, 3, 5, 7, 9, 11, 13, 15]
    assert [each.text for each in auditing.draw("cjson", found[:2])] == ["0", "1"]


def test_the_share_is_of_the_last_sample_and_of_both() -> None:
    entries = [entry for entry in auditing.judged() if entry.corpus == "sqlite3"]
    found = [Finding(entry.text, "weir-banned-call", ()) for entry in entries if not entry.refuted]
    last = [entry.feasible for entry in entries if 2 in entry.samples]
    both = [entry.feasible for entry in entries if not entry.refuted]
    values = auditing.metrics({"sqlite3": found})
    assert values["audit.findings"] == 8
    assert values["audit.feasible"] == sum(last) / 8
    assert values["audit.both.findings"] == len(both)
    assert values["audit.both.feasible_weighed"] == sum(both) / len(both)


def test_no_call_that_leads_to_an_allocation_is_missed(results: list[Result]) -> None:
    found = metrics(results)
    for name in SHORT:
        assert found[f"recall.{name}"] == 1
        assert found[f"recall.{name}.edges"] > 10


def test_what_is_missed_is_what_the_compiler_makes_calls_of(results: list[Result]) -> None:
    missed = {callee.name for r in results for _, callee in r.recall.missed}
    assert all(name.startswith(("__mem", "mem")) for name in missed), missed


def test_the_code_of_no_unit_changes(results: list[Result]) -> None:
    assert [r.changed for r in results] == [()] * len(results)
    assert sum(r.units for r in results) > 30

"""The bench bounds every metric that was to be reached, and misses one that is not there."""

import pytest

from tests import reaches
from tests.checker.bench import report
from tests.corpora import auditing
from tests.corpora.corpus import CORPORA
from tests.corpora.judging import Finding

WANTED = (
    *(f"recall.{corpus}" for corpus in CORPORA),
    *(f"findings.{corpus}.nomalloc" for corpus in CORPORA),
    *("audit.feasible", "overhead.O2", "overhead.O0", "object_growth", "code.changed_units"),
    *("solve.1m_functions_8m_edges.seconds", "solve.1m_functions_8m_edges.rss_mb"),
    *("summarize.newlib.seconds.cold", "summarize.newlib.seconds.cached", "cases.caught"),
)


@pytest.mark.parametrize("metric", WANTED)
def test_every_metric_has_a_bound(metric: str) -> None:
    assert metric in {reach.metric for reach in report.REACHES}


def test_a_metric_that_was_not_measured_is_missed() -> None:
    measured = {reach.metric: 0.0 for reach in report.REACHES}
    assert not reaches.lacking(measured, report.REACHES)
    del measured["object_growth"]
    assert reaches.lacking(measured, report.REACHES) == ["object_growth"]


def test_a_bound_that_is_not_held_is_said() -> None:
    (row,) = reaches.rows({"recall.lua": 0.999}, report.REACHES)
    assert row[3] == "missed"
    (row,) = reaches.rows({"recall.lua": 1.0}, report.REACHES)
    assert row[3] == "reached"


def test_the_share_of_what_can_happen_is_of_what_is_still_found() -> None:
    entries = [entry for entry in auditing.judged() if entry.corpus == "nanopb"]
    every = [Finding(entry.text, "weir-banned-call", ()) for entry in entries]
    right = [f for f, entry in zip(every, entries, strict=True) if entry.feasible]
    assert auditing.metrics({"nanopb": every})["findings.nanopb.allocating.feasible"] == 0.8
    assert auditing.metrics({"nanopb": right})["findings.nanopb.allocating.feasible"] == 1

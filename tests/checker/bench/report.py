"""The metrics as a table: what each is and what it should reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.checker.cases.casebook import cases
from tests.corpora.corpus import CORPORA
from tests.runtime.bench.report import Reach

REACHES = (
    Reach("overhead.O2", 1.01),
    Reach("overhead.O0", 1.03),
    Reach("overhead.O2.containers", 1.01),
    Reach("overhead.O0.containers", 1.03),
    Reach("object_growth", 1.06),
    Reach("object_growth.mean", 1.06),
    Reach("object_growth.changed_units", 0),
    Reach("code.different", 0),
    Reach("code.changed_units", 0),
    *(Reach(f"recall.{name}", 1, at_least=True) for name in CORPORA),
    *(Reach(f"findings.{name}.nomalloc", 0) for name in CORPORA),
    Reach("audit.feasible", 0.9, at_least=True),
    Reach("solve.1m_functions_8m_edges.seconds", 2),
    Reach("solve.1m_functions_8m_edges.rss_mb", 2048),
    Reach("summarize.newlib.seconds.cold", 2),
    Reach("summarize.newlib.seconds.cached", 0.05),
    Reach("cases.caught", len(cases()), at_least=True),
    Reach("cases.missed", 0),
    Reach("cases.false_alarms", 0),
)


def lacking(metrics: Mapping[str, float]) -> list[str]:
    """What should have been measured and was not."""
    return [reach.metric for reach in REACHES if reach.metric not in metrics]


def rows(metrics: Mapping[str, float]) -> Iterator[tuple[str, str, str, str]]:
    bounds = {reach.metric: reach for reach in REACHES}
    for name in sorted(metrics):
        value, reach = metrics[name], bounds.get(name)
        verdict = "" if not reach else "reached" if reach.holds(value) else "missed"
        yield name, f"{value:.5g}", str(reach or ""), verdict


def table(metrics: Mapping[str, float]) -> str:
    lines = [("metric", "weir", "reach", ""), *rows(metrics)]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )

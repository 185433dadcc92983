"""What the metrics of the checker should reach."""

from __future__ import annotations

from tests.checker.cases.casebook import cases
from tests.corpora.corpus import CORPORA
from tests.reaches import Reach

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

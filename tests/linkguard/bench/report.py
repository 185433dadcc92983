"""What the metrics of linkguard should reach."""

from __future__ import annotations

from tests.reaches import Reach

REACHES = (
    Reach("matrix.cases", 2000, at_least=True),
    Reach("matrix.misses", 0),
    Reach("matrix.false_alarms", 0),
    Reach("matrix.broken", 0),
    Reach("link.overhead", 1.01),
    Reach("link.overhead.specs", 1.01),
    Reach("link.overhead.lld", 1.01),
    Reach("link.overhead.lld.specs", 1.01),
    Reach("verify.7mb.ms", 100),
    Reach("explain.24k.ms", 300),
    Reach("hops.with_location", 0.95, at_least=True),
    Reach("chains.per_direct_caller", 1, at_least=True),
)

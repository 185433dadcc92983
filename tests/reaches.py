"""What metrics should reach, and a table that says which do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """A bound on a metric: at most, or at least, so much."""

    metric: str
    bound: float
    at_least: bool = False

    def holds(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.bound:g}"


def lacking(metrics: Mapping[str, float], reaches: Sequence[Reach]) -> list[str]:
    """What should have been measured and was not."""
    return [reach.metric for reach in reaches if reach.metric not in metrics]


def rows(
    metrics: Mapping[str, float], reaches: Sequence[Reach]
) -> Iterator[tuple[str, str, str, str]]:
    bounds = {reach.metric: reach for reach in reaches}
    for name in sorted(metrics):
        value, reach = metrics[name], bounds.get(name)
        verdict = "" if not reach else "reached" if reach.holds(value) else "missed"
        shown = str(int(value)) if value == int(value) else f"{value:.5g}"
        yield name, shown, str(reach or ""), verdict


def table(metrics: Mapping[str, float], reaches: Sequence[Reach]) -> str:
    lines = [("metric", "weir", "reach", ""), *rows(metrics, reaches)]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )

"""One picture of the metrics: memory that can be used against the worst case of an allocation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

COST = "m4.uniform64k70.alloc.max"
PANELS = {
    "uniform, 16 to 1024 bytes": "util.uniform64k.mean",
    "mixed, 16 bytes to 8 KiB": "util.bimodal64k.mean",
}


@dataclass(frozen=True)
class Point:
    name: str
    cost: float
    percent: float
    ours: bool


def points(metrics: Mapping[str, float], utilisation: str) -> list[Point]:
    """Everybody for whom both are known."""
    suffix = f".{COST}"
    names = [
        n.removesuffix(suffix) for n in metrics if n.startswith("peer.") and n.endswith(suffix)
    ]
    found = [Point("weir", metrics[COST], metrics[utilisation], True)]
    for name in sorted(names):
        if f"{name}.{utilisation}" in metrics:
            percent = metrics[f"{name}.{utilisation}"]
            cost = metrics[f"{name}{suffix}"]
            found.append(Point(name.removeprefix("peer."), cost, percent, False))
    return found


def draw_panel(axes: Axes, title: str, shown: list[Point]) -> None:
    ordered = sorted(shown, key=lambda each: each.cost)
    for place, point in enumerate(ordered):
        colour = "#0b7285" if point.ours else "#868e96"
        crowded = any(each.cost < 1.5 * point.cost for each in ordered[place + 1 :])
        left, above = crowded and not point.ours, point.ours or place % 2  # neighbours keep apart
        axes.scatter(point.cost, point.percent, s=60 if point.ours else 36, color=colour, zorder=3)
        axes.annotate(
            point.name,
            (point.cost, point.percent),
            xytext=(-6 if left else 6, 5 if above else -12),
            textcoords="offset points",
            ha="right" if left else "left",
            color=colour,
            fontsize=9,
            fontweight="bold" if point.ours else "normal",
        )
    axes.set_title(title, fontsize=10)
    axes.set_xscale("log")
    axes.set_xlabel("worst allocation, instructions (Cortex-M4)")
    axes.grid(True, which="both", color="#e9ecef", zorder=0)
    axes.margins(0.25, 0.15)


def draw(metrics: Mapping[str, float], output: Path) -> None:
    # The same metrics give the same bytes; letters are left to who shows them.
    mpl.rcParams.update({"svg.hashsalt": "weir", "svg.fonttype": "none"})
    figure, panels = plt.subplots(1, len(PANELS), figsize=(10, 4), layout="constrained")
    for axes, (title, utilisation) in zip(panels, PANELS.items(), strict=True):
        draw_panel(axes, title, points(metrics, utilisation))
    panels[0].set_ylabel("64 KiB in use at the first failure, %")
    figure.savefig(output, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)

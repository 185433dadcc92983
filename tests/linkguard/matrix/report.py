"""What a run found, as text, as metrics, and as the table in linkguard's README."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.linkguard.matrix.axes import (
    BEST_EFFORT,
    LINKERS,
    MODES,
    PLATFORMS,
    impossibilities,
    impossible,
)
from tests.linkguard.matrix.judge import Cell

README = Path(__file__).parents[3] / "linkguard" / "README.md"
TABLE = re.compile(r"(<!-- table: matrix -->\n)(.*?)(<!-- end -->)", re.DOTALL)
BAD = ("miss", "false alarm", "flash differs", "broken")
SHOWN = 40


@dataclass(frozen=True)
class Report:
    cells: tuple[Cell, ...]
    absent: dict[str, list[str]]
    planned: int

    @classmethod
    def of(cls, cells: Iterable[Cell], absent: dict[str, list[str]], planned: int = 0) -> Report:
        made = tuple(cells)
        return cls(made, absent, planned or len(made))

    def part(self, best_effort: bool) -> list[Cell]:
        """The cells that count, or those of the linker that is best effort."""
        return [c for c in self.cells if (_linker(c) == BEST_EFFORT) == best_effort]

    @property
    def is_clean(self) -> bool:
        return all(cell.verdict == "right" for cell in self.part(best_effort=False))

    def metrics(self) -> dict[str, int]:
        """Counts over everything but gold; then gold's own."""
        found: dict[str, int] = {}
        for prefix, best_effort in (("matrix", False), (f"matrix.{BEST_EFFORT}", True)):
            cells = self.part(best_effort)
            verdicts = Counter(cell.verdict for cell in cells)
            passed = [cell for cell in cells if cell.bytes]
            found |= {
                f"{prefix}.cases": len(cells),
                f"{prefix}.misses": verdicts["miss"],
                f"{prefix}.false_alarms": verdicts["false alarm"],
                f"{prefix}.broken": verdicts["broken"],
                f"{prefix}.passing": len(passed),
                f"{prefix}.flash_identical": sum(cell.bytes == "same" for cell in passed),
                f"{prefix}.other_imports": sum(cell.bytes == "imports" for cell in passed),
                f"{prefix}.found_by_linker": sum(c.found_by == "linker" for c in cells),
                f"{prefix}.found_by_verify": sum(c.found_by == "verify" for c in cells),
            }
        return found

    def text(self) -> str:
        bad = [cell for cell in self.cells if cell.verdict != "right"]
        lines = [f"{c.verdict}: {c.case} {c.combination}: {_first(c)}" for c in bad[:SHOWN]]
        if len(bad) > SHOWN:
            lines.append(f"... and {len(bad) - SHOWN} more")
        counts = Counter((cell.verdict, cell.case) for cell in bad)
        lines += [f"{count:6} {verdict}: {case}" for (verdict, case), count in counts.most_common()]
        lines += [
            f"not installed: {tool}, for {len(c)} combinations" for tool, c in self.absent.items()
        ]
        lines.append(f"{len(self.cells)} of {self.planned} cells have run")
        lines += [f"{name:30}{value:8}" for name, value in self.metrics().items()]
        return "\n".join(lines)

    def table(self) -> str:
        """One row a platform and linker, one column a mode."""
        by_place: dict[tuple[str, str, str], list[Cell]] = {}
        for cell in self.cells:
            platform, linker, mode, _ = cell.combination.split("/")
            by_place.setdefault((platform, linker, mode), []).append(cell)
        rows = [
            "| platform | linker | " + " | ".join(mode.name for mode in MODES) + " |",
            "|---|---|" + "---|" * len(MODES),
        ]
        for platform in PLATFORMS:
            for linker in LINKERS:
                words = [
                    "-"
                    if impossible(platform, linker, mode)
                    else _entry(by_place.get((platform.name, linker, mode.name), []))
                    for mode in MODES
                ]
                if set(words) != {"-"}:
                    rows.append(f"| {platform.title} | {linker} | " + " | ".join(words) + " |")
        return "\n".join(rows) + "\n"


def _linker(cell: Cell) -> str:
    return cell.combination.split("/")[1]


def _first(cell: Cell) -> str:
    lines = cell.said.strip().splitlines()
    return next((x for x in lines if "error" in x or "undefined" in x), "".join(lines[:1]))[:300]


def _entry(cells: list[Cell]) -> str:
    """`12+3/20`: found by the linker and by verify, of all; then what went wrong, if anything."""
    linker = sum(cell.found_by == "linker" for cell in cells)
    verify = sum(cell.found_by == "verify" for cell in cells)
    text = f"{linker}+{verify}/{len(cells)}"
    counts = Counter(cell.verdict for cell in cells)
    wrong = [f"{counts[word]} {word}" for word in BAD if counts[word]]
    return text + (" (" + ", ".join(wrong) + ")" if wrong else "")


def write_metrics(report: Report, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report.metrics(), indent=1, sort_keys=True) + "\n")


def write_table(report: Report) -> None:
    """Fill the marked place in the README."""
    text = README.read_text()
    new = TABLE.sub(lambda found: found[1] + _section(report) + found[3], text)
    if new != text:
        README.write_text(new)


def _section(report: Report) -> str:
    metrics = report.metrics()
    have_run = f"{len(report.cells)} of {report.planned} cells have run"
    lines = [
        f"{have_run} (gold's among them, which is best effort and not in these counts): "
        f"{metrics['matrix.misses']} missed, {metrics['matrix.false_alarms']} false alarms; "
        f"{metrics['matrix.flash_identical']} of {metrics['matrix.passing']} passing images have "
        f"the same bytes with and without the guard, {metrics['matrix.other_imports']} import "
        "less with it.",
        "",
        report.table(),
        "Not possible:",
        *(
            f"- {reason}: {len(places)} of platform, linker and kind of LTO"
            for reason, places in impossibilities().items()
        ),
        "",
    ]
    return "\n".join(lines)

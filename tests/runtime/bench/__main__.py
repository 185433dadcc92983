"""``python -m tests.runtime.bench BUILD``: measures the heap and its peers.

Writes BUILD/bench/runtime.json, a flat object of metric to number, and the picture that
runtime/README.md shows; the table goes to the standard output, talk to the standard error. Exit 0
when every metric was measured, whatever it is; 2 when one could not be.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from . import picture, plan, report
from .build import BuildError
from .run import RunError

PICTURE = Path(__file__).parents[3] / "runtime" / "figures.svg"


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def show_progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\rbench: {done}/{total}", end="\n" if done == total else "", file=sys.stderr)


def main(build: Path) -> int:
    output = build / "bench"
    try:
        metrics = plan.measure(output / "programs", say, show_progress)
    except (BuildError, RunError) as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 2
    path = output / "runtime.json"
    path.write_text(json.dumps(metrics, indent=1, sort_keys=True) + "\n")
    picture.draw(metrics, PICTURE)
    print(report.table(metrics))
    say(f"{len(metrics)} metrics in {path}, the picture in {PICTURE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

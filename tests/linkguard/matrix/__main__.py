"""`python -m tests.linkguard.matrix BUILD`: the promise, in every combination there is.

Each cell links one case twice and compares the guard's word with the truth. Results go to
BUILD/matrix/results.jsonl, by the content of all that made them, so that a second run repeats only
what has changed. When it is not about some cells only, the counts go to BUILD/bench/matrix.json and
the table to linkguard/README.md. Exit 0 when nothing was missed, no alarm was false and nothing
broke; 1 when something was; 2 when it could not run.
"""

from __future__ import annotations

import argparse
import sys
from fnmatch import fnmatch
from pathlib import Path

from tests.linkguard.matrix import report, runner


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="matrix", description=__doc__.split("\n", 1)[0])
    parser.add_argument("build", type=Path, metavar="BUILD")
    parser.add_argument("--only", default="*", metavar="GLOB", help="of platform/linker/mode/-O")
    parser.add_argument("--case", default="*", metavar="GLOB")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--known", action="store_true", help="run nothing, report what has run")
    parser.add_argument("--no-table", dest="table", action="store_false")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    groups = runner.plan(
        lambda combination: fnmatch(combination.name, given.only),
        lambda case: fnmatch(case.name, given.case),
    )
    directory = given.build / "matrix"
    cells = runner.known(groups, directory) if given.known else None
    if cells is None:
        cells = runner.run(groups, directory, given.jobs)
    planned = sum(len(group.linkers) for group in groups)
    found = report.Report.of(cells, runner.absent(), planned)
    print(found.text())
    if given.only == given.case == "*":
        report.write_metrics(found, given.build / "bench" / "matrix.json")
        if given.table:
            report.write_table(found)
    return 0 if found.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())

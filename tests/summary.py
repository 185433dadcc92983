"""Add up the JUnit files of all test runners: a table, then one plain closing line.

usage: summary.py DIRECTORY
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Count:
    """How the test cases of one file, or of all, ended."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        text = f"{self.passed} passed, {self.failed} failed"
        return f"{text}, {self.skipped} skipped" if self.skipped else text


def outcome(case: ElementTree.Element) -> Count:
    """One test case: ctest marks a failure by its status, pytest by a child element."""
    children = {child.tag for child in case}
    if children & {"failure", "error"} or case.get("status") == "fail":
        return Count(failed=1)
    if "skipped" in children or case.get("status") in {"notrun", "disabled"}:
        return Count(skipped=1)
    return Count(passed=1)


def count_file(path: Path) -> Count:
    cases = ElementTree.parse(path).getroot().iter("testcase")
    return sum((outcome(case) for case in cases), Count())


def main(directory: Path) -> int:
    counts = {path.stem: count_file(path) for path in sorted(directory.glob("*.xml"))}
    total = sum(counts.values(), Count())
    width = max((len(name) for name in counts), default=0)
    for name, count in counts.items():
        print(f"  {name:{width}}  {count}")
    print(f"weir: {total}")
    empty = [name for name, count in counts.items() if count == Count()]
    if empty or not counts:
        print(f"summary: error: no test ran in: {', '.join(empty) or directory}", file=sys.stderr)
        return 1
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

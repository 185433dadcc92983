"""``python -m tests.corpora BUILD [--draw] [NAME...]``: judges real code, compares with real runs.

Prints a line for each corpus and configuration, then what is not proven and which edges a run took
that the checker does not know. BUILD/corpora keeps images and findings. Exit 0 when every
configuration without malloc is free of findings, no edge that leads to an allocation is missed and
no unit's code changed; 1 otherwise; 2 when something could not be built or run.

With ``--draw``, draws a sample for the audit from what was found last instead, and prints it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from . import auditing, measure
from .building import CorpusError, Tools, firmware
from .corpus import CORPORA
from .judging import last_findings, parse


def draw(build: Path, names: list[str]) -> int:
    for name in names:
        kept = last_findings(build, name, "allocating", firmware())
        if not kept.exists():
            print(f"corpora: error: {kept}: not there; run ./run corpora first", file=sys.stderr)
            return 2
        for finding in auditing.draw(name, parse(kept.read_text())):
            mark = "judged" if auditing.is_judged(name, finding) else "new"
            print(f"{name}: {finding.text}: {mark}")
    return 0


def judge(build: Path, names: list[str]) -> int:
    try:
        results = measure.measure(Tools.from_environment(), build, names)
    except CorpusError as error:
        print(f"corpora: error: {error}", file=sys.stderr)
        return 2
    print(measure.report(results))
    return 0 if all(result.is_good for result in results) else 1


def main(build: Path, arguments: list[str]) -> int:
    names = [argument for argument in arguments if argument != "--draw"]
    if unknown := [name for name in names if name not in CORPORA]:
        known = ", ".join(CORPORA)
        print(f"corpora: error: '{unknown[0]}' is not a corpus: {known}", file=sys.stderr)
        return 2
    return (judge if names == arguments else draw)(build, names or list(CORPORA))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), sys.argv[2:]))

"""``python -m tests.corpora BUILD [CORPUS...]``: judges real code, and compares with real runs.

Prints a line for each corpus and configuration, then what is not proven and which edges a run took
that the checker does not know. BUILD/corpora keeps images and findings. Exit 0 when every
configuration without malloc is free of findings, no edge that leads to an allocation is missed and
no unit's code changed; 1 otherwise; 2 when something could not be built or run.
"""

from __future__ import annotations

import sys
from pathlib import Path

from . import measure
from .building import CorpusError, Tools
from .corpus import CORPORA


def main(build: Path, names: list[str]) -> int:
    if unknown := [name for name in names if name not in CORPORA]:
        known = ", ".join(CORPORA)
        print(f"corpora: error: '{unknown[0]}' is not a corpus: {known}", file=sys.stderr)
        return 2
    try:
        results = measure.measure(Tools.from_environment(), build, names or list(CORPORA))
    except CorpusError as error:
        print(f"corpora: error: {error}", file=sys.stderr)
        return 2
    print(measure.report(results))
    return 0 if all(result.is_good for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), sys.argv[2:]))

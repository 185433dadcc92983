"""``python -m tests.checker.bench BUILD [UNIT...]``: measures the checker.

Writes BUILD/bench/checker.json, a flat object of metric to number, and prints a table; talk goes to
the standard error. With the names of units only those are compiled, and nothing is written. Exit 0
when everything was measured, whatever it is; 2 when something could not be.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from . import overhead, report
from .compiling import BenchError, Compiler
from .units import units


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def measure(build: Path, names: list[str]) -> dict[str, float]:
    checker = Path(os.environ["WEIR_BUILD_DIR"]) / "checker"
    compiler = Compiler(os.environ["WEIR_CLANG"], checker / "plugin" / "weir.so")
    known = {unit.name: unit for unit in units(build)}
    if unknown := [name for name in names if name not in known]:
        raise BenchError(f"'{unknown[0]}' is not a unit: name some of {', '.join(known)}")
    chosen = [unit for name, unit in known.items() if not names or name in names]
    say(f"compiling {len(chosen)} units without and with the plugin, counting instructions")
    return overhead.measure(compiler, chosen, build / "bench" / "compiles", say)


def main(build: Path, names: list[str]) -> int:
    try:
        metrics = measure(build, names)
    except BenchError as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 2
    if not names:
        path = build / "bench" / "checker.json"
        path.write_text(json.dumps(metrics, indent=1, sort_keys=True) + "\n")
        say(f"{len(metrics)} metrics in {path}")
    print(report.table(metrics))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))

"""``python -m tests.checker.bench BUILD [WHAT...]``: measures the checker.

Writes BUILD/bench/checker.json, a flat object of metric to number, and prints a table; talk goes to
the standard error. WHAT is some of `overhead`, `growth`, `corpora`, `solve`, `cases`, or names of
units to compile: then only these are measured, and nothing is written. Exit 0 when everything was
measured, whatever it is; 2 when something could not be.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests import reaches
from tests.corpora import measure as corpora
from tests.corpora.building import CorpusError, Tools
from tests.corpora.corpus import CORPORA

from . import growth, overhead, peers, report, solving
from .compiling import BenchError, Compiler
from .units import Unit, units

Metrics = dict[str, float]


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def measure_overhead(tools: Tools, build: Path, chosen: Sequence[Unit]) -> Metrics:
    compiler = Compiler(tools.clang, tools.plugin)
    return overhead.measure(compiler, chosen, build / "bench" / "compiles", say)


def measure_corpora(tools: Tools, build: Path) -> Metrics:
    results = corpora.measure(tools, build, list(CORPORA))
    print(corpora.report(results), end="\n\n")
    return corpora.metrics(results)


def measure_solve(tools: Tools, build: Path) -> Metrics:
    return solving.solve(tools.checker, build / "bench") | solving.summarize(build / "bench")


def measure_cases(tools: Tools, build: Path) -> Metrics:
    judged = peers.judge_all(tools.checker, build / "bench" / "cases")
    print("\n".join(peers.table(judged)), end="\n\n")
    return peers.metrics(judged)


def measure(build: Path, names: list[str]) -> Metrics:
    tools = Tools.from_environment()
    known = {unit.name: unit for unit in units(build)}
    parts: dict[str, Callable[[], Metrics]] = {
        "cases": lambda: measure_cases(tools, build),
        "solve": lambda: measure_solve(tools, build),
        "corpora": lambda: measure_corpora(tools, build),
        "growth": lambda: growth.measure(tools, build, say),
        "overhead": lambda: measure_overhead(tools, build, list(known.values())),
    }
    if unknown := [name for name in names if name not in known and name not in parts]:
        what = ", ".join([*parts, *known])
        raise BenchError(f"'{unknown[0]}' is not measured: name some of {what}")
    found: Metrics = {}
    for name in [part for part in parts if part in names or not names]:
        say(name)
        found |= parts[name]()
    if some := [known[name] for name in names if name in known]:
        found |= measure_overhead(tools, build, some)
    return found


def main(build: Path, names: list[str]) -> int:
    try:
        metrics = measure(build, names)
    except (BenchError, CorpusError) as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 2
    print(reaches.table(metrics, report.REACHES))
    if not names:
        if unmeasured := reaches.lacking(metrics, report.REACHES):
            print(f"bench: error: '{unmeasured[0]}' was not measured", file=sys.stderr)
            return 2
        path = build / "bench" / "checker.json"
        path.write_text(json.dumps(metrics, indent=1, sort_keys=True) + "\n")
        say(f"{len(metrics)} metrics in {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), sys.argv[2:]))

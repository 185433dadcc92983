"""How much larger objects get: every unit of every corpus, at -O2 and without -g, for this machine.

`object_growth` is the bytes of all objects with facts to those without: what a build pays. A large
unit weighs more in it than a small one, so the corpora are listed too, and their geometric mean.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log
from pathlib import Path

from tests.checker.plugin.elfsame import differences
from tests.corpora.building import Target, Tools, compile_all
from tests.corpora.corpus import CORPORA, Corpus

HOST = Target("growth", ("-O2",), (), (), ())
VARIANT = "allocating"


def measure_one(
    tools: Tools, corpus: Corpus, build: Path, directory: Path
) -> tuple[int, int, list[str]]:
    """Bytes without facts and with them, and the objects whose code is not the same."""
    plain, built = (
        compile_all(tools, corpus, VARIANT, HOST, build, directory / kind, plugin=plugin)
        for kind, plugin in (("plain", False), ("built", True))
    )
    changed = [b.name for a, b in zip(plain, built, strict=True) if differences(a, b)]
    before, after = (sum(path.stat().st_size for path in paths) for paths in (plain, built))
    return before, after, changed


def measure(tools: Tools, build: Path, say: Callable[[str], None]) -> dict[str, float]:
    found: dict[str, float] = {}
    before = after = changed = 0
    for name, corpus in CORPORA.items():
        plain, built, different = measure_one(
            tools, corpus, build, build / "bench" / "growth" / name
        )
        found[f"object_growth.{name}"] = built / plain
        before, after, changed = before + plain, after + built, changed + len(different)
        say(f"{name}: {built / plain:.4f}")
        for unit in different:
            say(f"{name}: the code of {unit} changed")
    ratios = list(found.values())
    found["object_growth"] = after / before
    found["object_growth.mean"] = exp(sum(map(log, ratios)) / len(ratios))
    found["object_growth.changed_units"] = changed
    return found

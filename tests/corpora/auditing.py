"""The findings that were judged by hand, and what they say of the rest."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .corpus import HERE
from .judging import Finding


@dataclass(frozen=True)
class Judged:
    corpus: str
    root: str
    banned: str
    samples: tuple[int, ...]
    """In which it was drawn; the last one counts."""
    feasible: bool
    path: bool
    why: str
    refuted: bool = False
    """No finding any more: it counts again only where it is found."""

    @property
    def text(self) -> str:
        return f"'{self.root}' reaches banned function '{self.banned}'"


SIZES = {
    "cjson": 8,
    "lua": 8,
    "lwip": 8,
    "mbedtls": 8,
    "nanopb": 5,
    "sqlite3": 8,
    "zlib": 5,
}
"""How many findings of each corpus are in a sample."""


def judged() -> list[Judged]:
    entries = tomllib.loads((HERE / "audit" / "findings.toml").read_text())["finding"]
    return [Judged(**entry) for entry in entries]


def draw(corpus: str, found: Sequence[Finding]) -> list[Finding]:
    """A sample of a corpus' violations: at even distances in their order."""
    violations = [finding for finding in found if finding.is_proven]
    size = min(SIZES[corpus], len(violations))
    return [violations[(2 * i + 1) * len(violations) // (2 * size)] for i in range(size)]


def is_judged(corpus: str, finding: Finding) -> bool:
    return (corpus, finding.text) in {(entry.corpus, entry.text) for entry in judged()}


def metrics(found: Mapping[str, Sequence[Finding]]) -> dict[str, float]:
    """Of the last sample, what is still found in these corpora, and how much of it is feasible;
    of both samples too, and that with each corpus weighed by its number of violations."""
    both = list(still_found(found))
    last = max(number for entry in judged() for number in entry.samples)
    still = [entry for entry in both if last in entry.samples]
    each = {
        f"findings.{corpus}.allocating.feasible": share(
            entry.feasible for entry in still if entry.corpus == corpus
        )
        for corpus in found
    }
    violations = {name: sum(f.is_proven for f in findings) for name, findings in found.items()}
    true = sum(
        count * share(entry.feasible for entry in both if entry.corpus == name)
        for name, count in violations.items()
    )
    return each | {
        "audit.findings": len(still),
        "audit.feasible": share(entry.feasible for entry in still),
        "audit.paths_feasible": share(entry.path for entry in still),
        "audit.both.findings": len(both),
        "audit.both.feasible": share(entry.feasible for entry in both),
        "audit.both.feasible_weighed": true / sum(violations.values()),
    }


def share(verdicts: Iterable[bool]) -> float:
    each = list(verdicts)
    return sum(each) / len(each) if each else 1.0


def still_found(found: Mapping[str, Sequence[Finding]]) -> Iterator[Judged]:
    texts = {(corpus, finding.text) for corpus, each in found.items() for finding in each}
    return (entry for entry in judged() if (entry.corpus, entry.text) in texts)

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
    feasible: bool
    path: bool
    why: str
    refuted: bool = False
    """No finding any more: it counts again only where it is found."""

    @property
    def text(self) -> str:
        return f"'{self.root}' reaches banned function '{self.banned}'"


def judged() -> list[Judged]:
    entries = tomllib.loads((HERE / "audit" / "findings.toml").read_text())["finding"]
    return [Judged(**entry) for entry in entries]


def metrics(found: Mapping[str, Sequence[Finding]]) -> dict[str, float]:
    """Of what was judged and is still found in these corpora, how much is feasible."""
    still = list(still_found(found))
    each = {
        f"findings.{corpus}.allocating.feasible": share(
            entry.feasible for entry in still if entry.corpus == corpus
        )
        for corpus in found
    }
    return each | {
        "audit.findings": len(still),
        "audit.feasible": share(entry.feasible for entry in still),
        "audit.paths_feasible": share(entry.path for entry in still),
    }


def share(verdicts: Iterable[bool]) -> float:
    each = list(verdicts)
    return sum(each) / len(each) if each else 1.0


def still_found(found: Mapping[str, Sequence[Finding]]) -> Iterator[Judged]:
    texts = {(corpus, finding.text) for corpus, each in found.items() for finding in each}
    return (entry for entry in judged() if (entry.corpus, entry.text) in texts)

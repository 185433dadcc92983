"""Measures corpora: findings, edges of a run that the checker knows, code that stays the same."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import auditing, oracle
from .building import Tools, build_image, changed_units, firmware, host, library_facts
from .corpus import CORPORA, VARIANTS
from .judging import Finding, judge
from .oracle import Recall


@dataclass(frozen=True)
class Result:
    """One configuration of one corpus."""

    corpus: str
    variant: str
    findings: tuple[Finding, ...]
    recall: Recall
    units: int
    changed: tuple[str, ...]

    @property
    def proven(self) -> int:
        return sum(finding.is_proven for finding in self.findings)

    @property
    def unproven(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if not finding.is_proven)

    @property
    def is_good(self) -> bool:
        clean = self.variant != "nomalloc" or self.proven == 0
        return clean and not self.recall.missed_on_a_path and not self.changed


def measure(tools: Tools, build: Path, names: Sequence[str]) -> list[Result]:
    """Both configurations of each: as a firmware they are judged, on the host they run."""
    device, machine = firmware(), host(tools)
    device_facts, host_facts = (library_facts(tools, t, build) for t in (device, machine))
    results = []
    for name in names:
        for variant in VARIANTS:
            print(f"corpora: {name}, {variant}", file=sys.stderr, flush=True)
            corpus = CORPORA[name]
            findings = judge(tools, corpus, variant, device, build, device_facts)
            image = build_image(tools, corpus, variant, machine, build)
            recall = oracle.measure(tools, image, host_facts)
            units, changed = changed_units(tools, corpus, variant, device, build)
            results.append(Result(name, variant, tuple(findings), recall, units, tuple(changed)))
    return results


def ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def metrics(results: Sequence[Result]) -> dict[str, float]:
    """`recall.<corpus>` counts edges on a path to an allocation; `.all` every edge of both runs."""
    found: dict[str, float] = {}
    for name in dict.fromkeys(result.corpus for result in results):
        both = [result.recall for result in results if result.corpus == name]
        edges, on_a_path = sum(r.edges for r in both), sum(r.on_a_path for r in both)
        lost = sum(r.missed_on_a_path for r in both)
        found[f"recall.{name}"] = ratio(on_a_path - lost, on_a_path)
        found[f"recall.{name}.edges"] = on_a_path
        found[f"recall.{name}.all"] = ratio(edges - sum(len(r.missed) for r in both), edges)
    for result in results:
        found[f"findings.{result.corpus}.{result.variant}"] = result.proven
        if result.variant == "nomalloc":
            found[f"unproven.{result.corpus}"] = len(result.unproven)
    allocating = {r.corpus: r.findings for r in results if r.variant == "allocating"}
    found |= auditing.metrics(allocating)
    found["code.units"] = sum(result.units for result in results)
    found["code.changed_units"] = sum(len(result.changed) for result in results)
    return found


def lines(results: Sequence[Result]) -> Iterator[str]:
    yield "corpus    variant     findings  unproven  edges  to malloc  missed  of them to malloc"
    for r in results:
        recall = r.recall
        yield (
            f"{r.corpus:<10}{r.variant:<12}{r.proven:>8}{len(r.unproven):>10}{recall.edges:>7}"
            f"{recall.on_a_path:>11}{len(recall.missed):>8}{recall.missed_on_a_path:>19}"
        )
    for r in results:
        for finding in r.unproven if r.variant == "nomalloc" else ():
            yield f"{r.corpus}: {finding.text} [{finding.rule}]"
    unseen = {(r.corpus, callee.name) for r in results for _, callee in r.recall.missed}
    for corpus in dict.fromkeys(corpus for corpus, _ in sorted(unseen)):
        names = ", ".join(name for of, name in sorted(unseen) if of == corpus)
        yield f"{corpus}: edges to these were taken and are not known: {names}"
    judged = auditing.metrics({r.corpus: r.findings for r in results if r.variant == "allocating"})
    yield (
        f"audited by hand: {judged['audit.findings']:g} of the findings with malloc,"
        f" {judged['audit.feasible']:.0%} feasible,"
        f" {judged['audit.paths_feasible']:.0%} by the path shown"
    )
    yield (
        f"of both samples: {judged['audit.both.findings']:g},"
        f" {judged['audit.both.feasible']:.0%} feasible;"
        f" each corpus weighed by its findings, {judged['audit.both.feasible_weighed']:.0%}"
    )
    for r in results:
        for unit in r.changed:
            yield f"{r.corpus}: the code of {unit} ({r.variant}) changed"


def report(results: Sequence[Result]) -> str:
    return "\n".join(lines(results))

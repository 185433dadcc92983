"""Findings: what is wrong with an image, and the chain that shows why. `output/` writes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from linkguard.lines import Location

BANNED_SYMBOL = "weir-banned-symbol"
UNUSED_POLICY = "weir-unused-policy"
UNPROVEN = "weir-unproven"
NOT_REDIRECTED = "weir-not-redirected"
ATTESTATION = "weir-attestation"

RULES = {
    ATTESTATION: "an image and its attestation say different things",
    BANNED_SYMBOL: "a banned function is in the image",
    NOT_REDIRECTED: "a library takes memory that no reservation can give it",
    UNPROVEN: "whether a banned function can be reached is not proved",
    UNUSED_POLICY: "an entry of the policy matches nothing",
}


class Why(StrEnum):
    """What a note stands for: a root of the chain, a hop and its cause, or a word beside it."""

    ENTRY = "entry"
    VECTORS = "vectors"
    CONSTRUCTORS = "constructors"
    STARTUP = "startup"
    EXPORTED = "exported"
    KEPT = "kept"
    CALL = "call"
    JUMP = "jump"
    ADDRESS = "address"  # code takes or uses it
    TABLE = "table"  # data holds its address
    RUNS = "runs"  # a list of constructors or destructors holds its address
    SECTION = "section"  # nothing refers to it, it shares an input section
    MAY_CALL = "may-call"  # a call through a pointer of its type
    DETAIL = "detail"
    REMEDY = "remedy"


ROOTS = frozenset((Why.ENTRY, Why.VECTORS, Why.CONSTRUCTORS, Why.STARTUP, Why.EXPORTED, Why.KEPT))
BESIDE = frozenset((Why.MAY_CALL, Why.DETAIL, Why.REMEDY))  # no hop of the chain itself
# It may happen, or it is only how the linker collects: no proof that the code runs.
UNCERTAIN = frozenset((Why.ADDRESS, Why.TABLE, Why.SECTION, Why.MAY_CALL, Why.KEPT))


class Verdict(StrEnum):
    CLEAN = "clean"
    VIOLATION = "violation"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Note:
    """One line below a finding. A hop names what it leads from and to; a root only the latter."""

    location: Location
    text: str
    why: Why = Why.DETAIL
    source: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with an image. `subject` is the banned function it is about."""

    rule: str
    location: Location
    text: str
    notes: tuple[Note, ...] = ()
    subject: str = ""
    others: tuple[Note, ...] = ()  # further hops on some way there, when all are asked for

    @property
    def verdict(self) -> Verdict:
        return Verdict.UNPROVEN if self.rule == UNPROVEN else Verdict.VIOLATION

    @property
    def hops(self) -> tuple[Note, ...]:
        """The chain from its root, without other words."""
        return tuple(n for n in self.notes if n.why not in BESIDE)

    @property
    def remedy(self) -> str:
        return next((note.text for note in self.notes if note.why == Why.REMEDY), "")


@dataclass(frozen=True, slots=True)
class Report:
    """What one run found, and what it could not look at."""

    findings: tuple[Finding, ...]
    limits: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        verdicts = {finding.verdict for finding in self.findings}
        if Verdict.VIOLATION in verdicts:
            return Verdict.VIOLATION
        return Verdict.UNPROVEN if verdicts else Verdict.CLEAN


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """One a finding, the same as long as rule, words and file name are: lines may move.

    The number at the end tells equal findings apart.
    """
    import hashlib

    seen: dict[str, int] = {}
    found = []
    for finding in findings:
        name = finding.location.file.rpartition("/")[2]
        text = "\n".join((finding.rule, finding.text, name))
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
        seen[digest] = seen.get(digest, 0) + 1
        found.append(f"{digest}:{seen[digest]}")
    return found


def shown(location: Location) -> Location:
    """A place as a reader finds it: from here if it is below here, without a library's `../`."""
    path = Path(location.file)
    if path.is_absolute():
        here = Path.cwd()
        if path.is_relative_to(here):
            return Location(path.relative_to(here).as_posix(), location.line, location.column)
    elif location.file.startswith("../") and not path.exists():
        return location.without_up()
    return location

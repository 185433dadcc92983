"""Findings: what is wrong with an image, and the chain that shows why. `output/` writes them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from linkguard.location import Location

BANNED_SYMBOL = "weir-banned-symbol"
UNUSED_POLICY = "weir-unused-policy"
UNPROVEN = "weir-unproven"
LATE_INIT = "weir-late-init"
NOT_REDIRECTED = "weir-not-redirected"
ATTESTATION = "weir-attestation"

# Each rule in a sentence, and what to do about it in general.
RULES = {
    ATTESTATION: (
        "An image and its attestation say different things.",
        "Attest the image again, or find out which of the two was changed.",
    ),
    BANNED_SYMBOL: (
        "A banned function is in the image.",
        "Remove the last reference of the chain, or allow it in the policy, with a reason.",
    ),
    LATE_INIT: (
        "Something that does not run init code reaches it: it would run after init.",
        "Remove the call, or name the function in [init] callers.",
    ),
    NOT_REDIRECTED: (
        "A library takes memory that no reservation can give it.",
        "Build it without that function, define the function yourself, or accept it.",
    ),
    UNPROVEN: (
        "Whether a banned function can be reached is not proved.",
        "Give what the finding asks for: relocations, the map, or the link's own command.",
    ),
    UNUSED_POLICY: (
        "An entry of the policy matches nothing in the image.",
        "Remove the entry, or mark the function noinline.",
    ),
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


class Note(NamedTuple):
    """One line below a finding. A hop names what it leads from and to; a root only the latter."""

    location: Location
    text: str
    why: Why = Why.DETAIL
    source: str = ""
    target: str = ""


class Finding(NamedTuple):
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
    def beside(self) -> tuple[Note, ...]:
        """Words beside the chain, the remedy last."""
        return tuple(n for n in self.notes if n.why in BESIDE)

    @property
    def user(self) -> str:
        """The direct user of the subject, '' where there is none."""
        return self.hops[-1].source if self.hops else ""

    @property
    def remedy(self) -> str:
        return next((note.text for note in self.notes if note.why == Why.REMEDY), "")


class Report(NamedTuple):
    """What one run found, and what it could not look at."""

    findings: tuple[Finding, ...]
    limits: tuple[str, ...] = ()
    suspects: frozenset[str] = frozenset()  # functions that only the link's relocations can clear

    @property
    def verdict(self) -> Verdict:
        verdicts = {finding.verdict for finding in self.findings}
        if Verdict.VIOLATION in verdicts:
            return Verdict.VIOLATION
        return Verdict.UNPROVEN if verdicts else Verdict.CLEAN


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """One a finding, by the names in it and nothing else: lines, places and hops may change.

    Made as weir-check makes its own; the number at the end tells equal findings apart.
    """
    import xxhash

    seen: dict[str, int] = {}
    found = []
    for finding in findings:
        text = "".join(f"{part}\0" for part in (finding.rule, "", finding.user, finding.subject))
        digits = xxhash.xxh3_64_hexdigest(text.encode("utf-8", "replace"))
        seen[digits] = seen.get(digits, 0) + 1
        found.append(f"{digits}:{seen[digits]}")
    return found

"""Findings, and their text form: an error, a note per hop, the remedy last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from linkguard.lines import Location

BANNED_SYMBOL = "weir-banned-symbol"
UNUSED_POLICY = "weir-unused-policy"
UNPROVEN = "weir-unproven"


@dataclass(frozen=True, slots=True)
class Note:
    location: Location
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with an image. `subject` is the banned function it is about."""

    rule: str
    location: Location
    text: str
    notes: tuple[Note, ...] = ()
    subject: str = ""


def render_text(findings: Iterable[Finding]) -> str:
    """The findings in the grammar that every tool of weir speaks."""
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{_place(finding.location)}: error: {finding.text} [{finding.rule}]")
        lines += [f"{_place(note.location)}: note: {note.text}" for note in finding.notes]
    return "".join(f"{line}\n" for line in lines)


def _place(location: Location) -> str:
    place = location.file or "linkguard"
    if location.line:
        place += f":{location.line}"
        if location.column:
            place += f":{location.column}"
    return place

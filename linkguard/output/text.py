"""Findings in the grammar that every tool of weir speaks: an error, a note per hop, the remedy."""

from __future__ import annotations

from linkguard.findings import Note, Report
from linkguard.location import Location


def render(report: Report) -> str:
    lines: list[str] = []
    for finding in report.findings:
        lines.append(f"{place(finding.location)}: error: {finding.text} [{finding.rule}]")
        split = max(len(finding.notes) - 1, 0)  # the last note is the remedy
        lines += [_note(note) for note in finding.notes[:split]]
        lines += [_note(note, "also: ") for note in finding.others]
        lines += [_note(note) for note in finding.notes[split:]]
    return "".join(f"{line}\n" for line in lines)


def _note(note: Note, prefix: str = "") -> str:
    return f"{place(note.location)}: note: {prefix}{note.text}"


def place(location: Location) -> str:
    found = location.file or "linkguard"
    if location.line:
        found += f":{location.line}"
        if location.column:
            found += f":{location.column}"
    return found

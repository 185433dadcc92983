"""Findings as JSON of our own; FORMATS.md beside the package says what each field means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from linkguard import __version__
from linkguard.findings import UNCERTAIN, Finding, Note, Report, fingerprints
from linkguard.lines import Location

VERSION = 1


def render(report: Report) -> str:
    document = {
        "format": "linkguard-findings",
        "version": VERSION,
        "tool": {"name": "linkguard", "version": __version__},
        "verdict": str(report.verdict),
        "limits": list(report.limits),
        "findings": findings(report.findings),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def findings(found: Sequence[Finding]) -> list[dict[str, Any]]:
    prints = fingerprints(found)
    return [_finding(finding, mark) for finding, mark in zip(found, prints, strict=True)]


def _finding(finding: Finding, fingerprint: str) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "verdict": str(finding.verdict),
        "subject": finding.subject,
        "text": finding.text,
        "location": _location(finding.location),
        "fingerprint": fingerprint,
        "notes": [_note(note) for note in finding.notes],
        "others": [_note(note) for note in finding.others],
        "remedy": finding.remedy,
    }


def _note(note: Note) -> dict[str, Any]:
    found: dict[str, Any] = {"why": str(note.why), "certain": note.why not in UNCERTAIN}
    if note.source:
        found["from"] = note.source
    if note.target:
        found["to"] = note.target
    return {**found, "text": note.text, "location": _location(note.location)}


def _location(location: Location) -> dict[str, Any]:
    """Line and column are left out where they are unknown."""
    found: dict[str, Any] = {"file": location.file}
    if location.line:
        found["line"] = location.line
        if location.column:
            found["column"] = location.column
    return found

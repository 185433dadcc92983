"""Findings as JSON: the format of weir-check's; FORMATS.md beside the package has each key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from linkguard import __version__
from linkguard.findings import UNCERTAIN, Finding, Note, Report, fingerprints
from linkguard.location import Location

VERSION = 1


def render(report: Report) -> str:
    document = {
        "format": "weir-findings",
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
    root = finding.hops[0].target if finding.hops else ""
    symbols = {"root": root, "caller": finding.user, "callee": finding.subject}
    return {
        "rule": finding.rule,
        "verdict": str(finding.verdict),
        "fingerprint": fingerprint.partition(":")[0],
        "message": finding.text,
        **_place(finding.location),
        "symbols": [{key: name for key, name in symbols.items() if name}],
        "path": [_note(note) for note in finding.hops],
        "notes": [_note(note) for note in finding.beside],
        "others": [_note(note) for note in finding.others],
    }


def _note(note: Note) -> dict[str, Any]:
    found: dict[str, Any] = {"why": str(note.why), "certain": note.why not in UNCERTAIN}
    if note.source:
        found["from"] = note.source
    if note.target:
        found["to"] = note.target
    return {**found, "text": note.text, **_place(note.location)}


def _place(location: Location) -> dict[str, Any]:
    """What is not known is left out."""
    found: dict[str, Any] = {"file": location.file} if location.file else {}
    if location.line:
        found["line"] = location.line
        if location.column:
            found["column"] = location.column
    return found

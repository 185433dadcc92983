"""Findings as SARIF 2.1.0, the OASIS format that code scanning services read.

The shape is weir-check's too: rule ids `weir-*`, the chain as the one thread flow of the one code
flow, other words and the remedy in the message, `weir/v1` as the fingerprint.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from linkguard import __version__
from linkguard.findings import RULES, Finding, Note, Report, Verdict, fingerprints
from linkguard.location import Location

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
LEVEL = {Verdict.VIOLATION: "error", Verdict.UNPROVEN: "warning"}


def render(report: Report) -> str:
    prints = fingerprints(report.findings)
    run = {
        "tool": {"driver": {"name": "linkguard", "version": __version__, "rules": _rules()}},
        "invocations": [_invocation(report)],
        "results": [
            _result(finding, fingerprint)
            for finding, fingerprint in zip(report.findings, prints, strict=True)
        ],
        "properties": {"verdict": str(report.verdict)},
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _rules() -> list[dict[str, Any]]:
    return [
        {"id": rule, "shortDescription": {"text": short}, "help": {"text": remedy}}
        for rule, (short, remedy) in RULES.items()
    ]


def _invocation(report: Report) -> dict[str, Any]:
    """What could not be looked at is said here: a clean list of results is not all there is."""
    found: dict[str, Any] = {"executionSuccessful": True}
    if report.limits:
        found["toolExecutionNotifications"] = [
            {"level": "note", "message": {"text": limit}} for limit in report.limits
        ]
    return found


def _result(finding: Finding, fingerprint: str) -> dict[str, Any]:
    words = [finding.text, *(note.text for note in finding.beside)]
    found: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": list(RULES).index(finding.rule),
        "level": LEVEL[finding.verdict],
        "message": {"text": "\n".join(words)},
        "locations": [_physical(finding.location)],
    }
    if finding.hops:
        steps = [
            {"location": _step(note), "nestingLevel": depth}
            for depth, note in enumerate(finding.hops)
        ]
        found["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    if finding.others:
        found["relatedLocations"] = [_step(note) for note in finding.others]
    found["partialFingerprints"] = {"weir/v1": fingerprint}
    found["properties"] = {"verdict": str(finding.verdict)}
    return found


def _step(note: Note) -> dict[str, Any]:
    return {**_physical(note.location), "message": {"text": note.text}}


def _physical(location: Location) -> dict[str, Any]:
    if not location.file:
        return {}
    found: dict[str, Any] = {"artifactLocation": {"uri": _uri(location.file)}}
    if location.line:
        found["region"] = {"startLine": location.line}
        if location.column:
            found["region"]["startColumn"] = location.column
    return {"physicalLocation": found}


def _uri(file: str) -> str:
    """A path as a URI reference (RFC 3986): an absolute one gets the scheme `file`."""
    return ("file://" if file.startswith("/") else "") + quote(file, safe="/")

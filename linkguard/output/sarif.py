"""Findings as SARIF 2.1.0, the OASIS format that code scanning services read.

The shape is weir-check's too: rule ids `weir-*`, the chain as the one thread flow of the one code
flow, the remedy on the message's second line, `weirFinding/v1` as the fingerprint.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from linkguard import __version__
from linkguard.findings import RULES, Finding, Note, Report, Verdict, fingerprints
from linkguard.lines import Location

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
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
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _rules() -> list[dict[str, Any]]:
    return [{"id": rule, "shortDescription": {"text": text}} for rule, text in RULES.items()]


def _invocation(report: Report) -> dict[str, Any]:
    """What could not be looked at is said here: a clean list of results is not all there is."""
    found: dict[str, Any] = {"executionSuccessful": True}
    if report.limits:
        found["toolExecutionNotifications"] = [
            {"level": "note", "message": {"text": limit}} for limit in report.limits
        ]
    return found


def _result(finding: Finding, fingerprint: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": list(RULES).index(finding.rule),
        "level": LEVEL[finding.verdict],
        "message": {"text": "\n".join(filter(None, (finding.text, finding.remedy)))},
        "locations": [{"physicalLocation": _physical(finding.location)}],
    }
    if finding.hops:
        steps = [{"location": _step(note)} for note in finding.hops]
        found["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    hops = (*finding.hops, *(note for note in finding.notes if note.why == "remedy"))
    related = [note for note in finding.notes if note not in hops]
    if beside := [*related, *finding.others]:
        found["relatedLocations"] = [_step(note) for note in beside]
    found["partialFingerprints"] = {"weirFinding/v1": fingerprint}
    found["properties"] = {"verdict": str(finding.verdict)}
    return found


def _step(note: Note) -> dict[str, Any]:
    return {"physicalLocation": _physical(note.location), "message": {"text": note.text}}


def _physical(location: Location) -> dict[str, Any]:
    found: dict[str, Any] = {"artifactLocation": {"uri": _uri(location.file or "linkguard")}}
    if location.line:
        found["region"] = {"startLine": location.line}
        if location.column:
            found["region"]["startColumn"] = location.column
    return found


def _uri(file: str) -> str:
    """A relative reference stays one; its first segment must not look like a scheme."""
    path = quote(file, safe="/()@+,=~!$&';*")
    if file.startswith("/"):
        return f"file://{path}"
    return path

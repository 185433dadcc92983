"""What was verified, as a record for a release: the same inputs give the same bytes."""

from __future__ import annotations

import hashlib
import json
from importlib import metadata
from pathlib import Path
from typing import Any

from linkguard import __version__, banlist, dwarfnames, elf, verification
from linkguard.elf import Elf
from linkguard.errors import LinkguardError
from linkguard.exemption import exemptions_in
from linkguard.findings import ATTESTATION, Finding, Note, Report, Why, fingerprints
from linkguard.linkmap import read_for
from linkguard.location import Location
from linkguard.policy import Policy

FORMAT, VERSION = "linkguard-attestation", 1
LIBRARIES = ("capstone", "pyelftools")  # what decides how code and debug information are read
# What must be the same when a record is checked; other tools may have come to the same verdict.
COMPARED = ("image", "policy", "exceptions", "verdict", "findings", "not_verified", "evidence")


def attest(
    image: Path, policy: Policy, policy_file: Path | None, map_file: Path | None
) -> tuple[dict[str, Any], Report]:
    """The record of an image, and the report that it sums up."""
    file = elf.read(image)
    report = verification.verify(file, policy, read_for(map_file, file))
    exemptions = exemptions_in(file)
    said = {exemption.words for exemption in exemptions}
    record = {
        "format": FORMAT,
        "version": VERSION,
        "image": {
            "name": image.name,
            "sha256": hashlib.sha256(file.data).hexdigest(),
            "size": len(file.data),
            "machine": file.machine_name,
            "made_by": _made_by(file),
        },
        "policy": _policy(policy, policy_file),
        "exceptions": {
            "init": [*sorted(policy.init.exact), *policy.init.globs],
            "roots": [*sorted(policy.roots.exact), *policy.roots.globs],
            "allow": [entry._asdict() for entry in policy.allow],
            "exempt": [exemption._asdict() for exemption in exemptions],
        },
        "tools": {"linkguard": __version__} | {name: metadata.version(name) for name in LIBRARIES},
        "evidence": {
            "debug_information": dwarfnames.has_debug_info(file),
            "relocations": bool(file.relocation_sections),
            "map": map_file is not None,
        },
        "verdict": str(report.verdict),
        "findings": _findings(report),
        "not_verified": [limit for limit in report.limits if limit not in said],
    }
    return record, report


def render(record: dict[str, Any]) -> str:
    """As JSON in UTF-8, where a name of other bytes is escaped."""
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def load(path: Path) -> dict[str, Any]:
    """A record that was written before, of a version that is known here."""
    try:
        record = json.loads(elf.read_file(path))
    except ValueError as error:
        raise LinkguardError(path, "not JSON: give what 'linkguard attest' wrote") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise LinkguardError(path, "no attestation: give what 'linkguard attest' wrote")
    if record.get("version") != VERSION:
        raise LinkguardError(
            path, f"an attestation of version {record.get('version')}, this reads {VERSION}"
        )
    return record


def differences(record: dict[str, Any], now: dict[str, Any], label: str) -> list[Finding]:
    """What a record says that is not so any more, one finding a field."""
    found = []
    for field in COMPARED:
        for name, then, today in _pairs(field, record.get(field), now[field]):
            text = f"'{name}' was {_short(then)} and is {_short(today)}"
            words = "attest the image again, or find out which of the two was changed"
            note = Note(Location(label), words, Why.REMEDY)
            found.append(Finding(ATTESTATION, Location(label), text, (note,), name))
    return found


def _pairs(name: str, then: object, now: object) -> list[tuple[str, object, object]]:
    if isinstance(then, dict) and isinstance(now, dict):
        keys = sorted({*then, *now})
        return [
            pair for key in keys for pair in _pairs(f"{name}.{key}", then.get(key), now.get(key))
        ]
    return [] if then == now else [(name, then, now)]


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _policy(policy: Policy, file: Path | None) -> dict[str, Any]:
    return {
        "file": file.name if file else None,
        "sha256": hashlib.sha256(elf.read_file(file) if file else b"").hexdigest(),
        "presets": list(policy.presets),
        "banned": [*sorted(policy.ban.exact), *policy.ban.globs],
        "ban_list": {"version": banlist.shipped().version, "sha256": banlist.digest()},
    }


def _made_by(file: Elf) -> list[str]:
    """The compilers and linkers that signed the image."""
    section = file.section_named(".comment")
    texts = file.bytes_of(section).split(b"\0") if section else []
    return sorted({text.decode("utf-8", "replace") for text in texts if text})


def _findings(report: Report) -> list[dict[str, str]]:
    prints = fingerprints(report.findings)
    return [
        {"rule": f.rule, "subject": f.subject, "text": f.text, "fingerprint": mark}
        for f, mark in zip(report.findings, prints, strict=True)
    ]

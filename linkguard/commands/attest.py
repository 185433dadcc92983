"""`linkguard attest`: write what was verified into a release record, or check such a record."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from linkguard import attestation, files, output, policy
from linkguard.errors import ExitCode
from linkguard.findings import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=Path, metavar="IMAGE")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="default: the default presets")
    parser.add_argument("--map", type=Path, metavar="MAP", help="the map of the link")
    parser.add_argument("--output", "-o", type=Path, metavar="FILE", help="default: stdout")
    parser.add_argument(
        "--check", type=Path, metavar="RECORD", help="say what is not as this record says"
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    rules = policy.load(arguments.policy)
    recorded = attestation.load(arguments.check) if arguments.check else None
    record, report = attestation.attest(arguments.image, rules, arguments.policy, arguments.map)
    if recorded is not None:
        return _check(recorded, record, report, str(arguments.check))
    text = attestation.render(record)
    if arguments.output:
        files.write_text(arguments.output, text)
        print(f"{arguments.output}: '{arguments.image.name}': {report.verdict}")
    else:
        sys.stdout.write(text)
    return ExitCode.FINDINGS if report.findings else ExitCode.CLEAN


def _check(
    recorded: dict[str, object], record: dict[str, object], report: Report, label: str
) -> ExitCode:
    """A violation stays one when it is on record: who gates a release by the check must see it."""
    if recorded.get("tools") != record["tools"]:
        print(f"{label}: note: other versions of the tools wrote it", file=sys.stderr)
    found = attestation.differences(recorded, record, label)
    sys.stdout.write(output.render(Report(tuple(found)), "text"))
    if not found:
        image = recorded["image"]
        assert isinstance(image, dict)  # it is as the one made now
        print(f"{label}: '{image['name']}': {report.verdict}, as recorded")
    return ExitCode.FINDINGS if found or report.findings else ExitCode.CLEAN

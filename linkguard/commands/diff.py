"""`linkguard diff`: what a new image has that the old one had not, among what is banned."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

from linkguard import difference, elf, linkmap, policy
from linkguard.elf import Elf
from linkguard.errors import ExitCode
from linkguard.findings import Report
from linkguard.output import record, text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", type=Path, metavar="OLD", help="best linked with -Wl,--emit-relocs")
    parser.add_argument("new", type=Path, metavar="NEW")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="default: the default presets")
    parser.add_argument("--old-map", type=Path, metavar="MAP", help="for the objects' names")
    parser.add_argument("--new-map", type=Path, metavar="MAP")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(arguments: argparse.Namespace) -> ExitCode:
    rules = policy.load(arguments.policy)
    old, new = elf.read(arguments.old), elf.read(arguments.new)
    maps = (linkmap.read_for(arguments.old_map, old), linkmap.read_for(arguments.new_map, new))
    found = difference.compare(old, new, rules, *maps)
    if arguments.format == "json":
        sys.stdout.write(_json(found, old, new))
    else:
        sys.stdout.write(text.render(Report(found.appeared)))
        for finding in found.vanished:
            print(f"{text.place(finding.location)}: note: {finding.text}")
    for limit in found.limits:
        print(f"linkguard: note: {limit}", file=sys.stderr)
    return ExitCode.FINDINGS if found.appeared else ExitCode.CLEAN


def _json(found: difference.Difference, old: Elf, new: Elf) -> str:
    document = {
        "format": "linkguard-diff",
        "version": 1,
        "old": _image(old),
        "new": _image(new),
        "limits": list(found.limits),
        "appeared": record.findings(found.appeared),
        "vanished": record.findings(found.vanished),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _image(file: Elf) -> dict[str, str]:
    return {"name": Path(file.label).name, "sha256": hashlib.sha256(file.data).hexdigest()}

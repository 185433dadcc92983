"""`linkguard verify`: is a banned function left in a linked image?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from linkguard import elf, policy, verification
from linkguard.errors import ExitCode
from linkguard.findings import render_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=Path, metavar="IMAGE")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="default: the default presets")


def run(arguments: argparse.Namespace) -> ExitCode:
    rules = policy.load(arguments.policy)
    verdict = verification.verify(elf.read(arguments.image), rules)
    sys.stdout.write(render_text(verdict.findings))
    for limit in verdict.limits:
        print(f"{arguments.image}: note: {limit}", file=sys.stderr)
    return ExitCode.FINDINGS if verdict.findings else ExitCode.CLEAN

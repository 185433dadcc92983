"""`linkguard verify`: is a banned function left in a linked image?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from linkguard import elf, output, policy, verification
from linkguard.errors import ExitCode

if TYPE_CHECKING:
    from linkguard.linkmap import LinkMap


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=Path, metavar="IMAGE")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="default: the default presets")
    parser.add_argument(
        "--map", type=Path, metavar="MAP", help="the map of the link, for the objects' names"
    )
    output.add_argument(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    rules = policy.load(arguments.policy)
    image = elf.read(arguments.image)
    report = verification.verify(image, rules, _map(arguments.map, image))
    sys.stdout.write(output.render(report, arguments.format))
    for limit in report.limits:
        print(f"{arguments.image}: note: {limit}", file=sys.stderr)
    return ExitCode.FINDINGS if report.findings else ExitCode.CLEAN


def _map(path: Path | None, image: elf.Elf) -> LinkMap | None:
    """The map of the image, if one is given: few links ask for what it says."""
    if path is None:
        return None
    from linkguard import linkmap

    return linkmap.read_for(path, image)

"""`linkguard explain`: who keeps a banned function alive, one chain for each direct user."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from linkguard import elf, explanation, linkmap, output, policy
from linkguard.commands import Help
from linkguard.errors import ExitCode, LinkguardError
from linkguard.liveness import Image


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = (
        "linkguard explain [--policy FILE] [--all] [--format FORMAT] IMAGE --map MAP\n"
        "       linkguard explain [--policy FILE] [--all] [--format FORMAT] -- LINK COMMAND..."
    )
    _add_options(parser)
    parser.add_argument(
        "subject",
        nargs=argparse.REMAINDER,
        metavar="IMAGE | -- LINK COMMAND",
        help="an image linked with --emit-relocs, or the command to link once more",
    )


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--policy", type=Path, metavar="FILE", help="default: the default presets")
    parser.add_argument("--map", type=Path, metavar="MAP", help="the map of IMAGE's link")
    parser.add_argument(
        "--all", action="store_true", help="add to each chain every other reference on a way there"
    )
    output.add_argument(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    subject = list(arguments.subject)
    is_command = subject[:1] == ["--"]
    if not is_command:
        subject = _trailing_options(subject, arguments)
    rules = policy.load(arguments.policy)
    image = _linked_again(subject[1:]) if is_command else _from_files(subject, arguments.map)
    report = explanation.explain(image, rules, arguments.all)
    sys.stdout.write(output.render(report, arguments.format))
    for limit in report.limits:
        print(f"{image.elf.label}: note: {limit}", file=sys.stderr)
    return ExitCode.FINDINGS if report.findings else ExitCode.CLEAN


def _trailing_options(subject: list[str], arguments: argparse.Namespace) -> list[str]:
    """The image's name; options may stand behind it, where the main parser reads none."""
    parser = argparse.ArgumentParser(prog="linkguard explain", add_help=False, formatter_class=Help)
    _add_options(parser)
    _, rest = parser.parse_known_args(subject[1:], arguments)
    return [*subject[:1], *rest]


def _from_files(subject: list[str], map_file: Path | None) -> Image:
    if len(subject) != 1 or map_file is None:
        raise LinkguardError("explain", "give IMAGE --map MAP, or -- and the link command")
    pieces = linkmap.read(map_file)
    image = Image(elf.read(Path(subject[0])), pieces)
    try:
        image.linkmap.must_cover(image.elf, map_file)
    except LinkguardError:  # or a section has another name in the image
        pieces.must_cover(image.elf, map_file)
    return image


def _linked_again(command: list[str]) -> Image:
    from linkguard import relink  # what runs programs takes as long to load as a chain to find

    if not command:
        raise LinkguardError("explain", "no link command after --")
    return relink.by_command(command)

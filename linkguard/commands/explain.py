"""`linkguard explain`: who keeps a banned function alive, one chain for each direct user."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from linkguard import elf, explanation, linkmap, output, policy, relink, shimfiles
from linkguard.commands.ld import CAPTURE
from linkguard.errors import ExitCode, LinkguardError, reason
from linkguard.linkcommand import LinkCommand, is_linker
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
    image = _from_command(subject[1:]) if is_command else _from_files(subject, arguments.map)
    report = explanation.explain(image, rules, arguments.all)
    sys.stdout.write(output.render(report, arguments.format))
    for limit in report.limits:
        print(f"{image.elf.label}: note: {limit}", file=sys.stderr)
    return ExitCode.FINDINGS if report.findings else ExitCode.CLEAN


def _trailing_options(subject: list[str], arguments: argparse.Namespace) -> list[str]:
    """The image's name; options may stand behind it, where the main parser reads none."""
    parser = argparse.ArgumentParser(prog="linkguard explain", add_help=False)
    _add_options(parser)
    _, rest = parser.parse_known_args(subject[1:], arguments)
    return [*subject[:1], *rest]


def _from_files(subject: list[str], map_file: Path | None) -> Image:
    if len(subject) != 1 or map_file is None:
        raise LinkguardError("explain", "give IMAGE --map MAP, or -- and the link command")
    file, pieces = elf.read(Path(subject[0])), linkmap.read(map_file)
    image = Image(file, pieces)
    pieces.must_cover(file, map_file)
    return image


def _from_command(command: list[str]) -> Image:
    """Link once more into a directory of our own; the user's output is not touched."""
    if not command:
        raise LinkguardError("explain", "no link command after --")
    with tempfile.TemporaryDirectory(prefix="linkguard-") as name:
        directory = Path(name)
        if is_linker(command[0]):
            link = LinkCommand.of(command[1:])
            linker = relink.find_linker(command[0], None, command[0])
            relink.link_to_explain(linker, link, directory)
            return relink.load(directory, str(link.output))
        return _through_driver(command, directory)


def _through_driver(command: list[str], directory: Path) -> Image:
    """A compiler driver finds our shim by -B, and the shim links where we want it."""
    compiler = shutil.which(command[0])
    if compiler is None:
        raise LinkguardError(command[0], "no such program: give the link command as you run it")
    shim = directory / "shim"
    shimfiles.write(shim, None, None)
    environment = {**os.environ, CAPTURE: str(directory)}
    try:
        result = subprocess.run(
            [compiler, f"-B{shim}", *command[1:]],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
    except OSError as error:
        raise LinkguardError(compiler, f"cannot run it: {reason(error)}") from error
    if not (directory / relink.IMAGE).is_file():
        sys.stderr.buffer.write(result.stderr)
        raise LinkguardError(
            command[0], "the command linked nothing through -B: give the linker's own command"
        )
    return relink.load(directory, str(LinkCommand.of(command[1:]).output))

"""`linkguard redirect`: a copy of a prebuilt library that allocates from a reservation."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from linkguard import archive, elf, files, output, redirection
from linkguard import objcopy as tool
from linkguard.commands.summarize import read_object
from linkguard.elf import Elf
from linkguard.errors import ExitCode, LinkguardError
from linkguard.findings import Report
from linkguard.redirection import Redirection

IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("library", type=Path, metavar="ARCHIVE|OBJECT")
    parser.add_argument(
        "--prefix", required=True, metavar="NAME", help="the slot: WEIR_RESERVE_DEFINE(NAME)"
    )
    parser.add_argument("--output", "-o", required=True, type=Path, metavar="FILE")
    parser.add_argument(
        "--leave",
        action="append",
        default=[],
        metavar="SYMBOL",
        help="leave this name as it is, and do not call that a finding (repeatable)",
    )
    parser.add_argument("--objcopy", metavar="PROGRAM", help="default: the machine's own")
    output.add_argument(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    path: Path = arguments.library
    if not IDENTIFIER.fullmatch(arguments.prefix):
        raise LinkguardError("redirect", f"'{arguments.prefix}' is no prefix: give a C identifier")
    data = elf.read_file(path)
    objects = _objects(data, path)
    plan = redirection.plan(objects, arguments.prefix, frozenset(arguments.leave))
    sys.stdout.write(output.render(Report(plan.findings), arguments.format))
    if plan.findings:
        return ExitCode.FINDINGS
    copy = _renamed(data, path, objects, plan, arguments.objcopy) if plan.names else data
    files.write_atomically(arguments.output, copy)
    _say(plan, path, arguments.prefix)
    return ExitCode.CLEAN


def _objects(data: bytes, path: Path) -> list[Elf]:
    archive.refuse_thin(data, path)
    if not archive.is_archive(data):
        return [read_object(data, str(path))]
    members = archive.members(data, path)
    found = [read_object(member.data, f"{path}({member.name})") for member in members]
    if not found:
        raise LinkguardError(path, "an empty archive: there is nothing to redirect")
    return found


def _renamed(
    data: bytes, path: Path, objects: list[Elf], plan: Redirection, objcopy: str | None
) -> bytes:
    """The library under its new names, made by objcopy and looked at again."""
    program = tool.find(objects[0], objcopy)
    copy = tool.renamed(program, data, path, plan.names)
    _expect_renamed(objects, _objects(copy, path), plan, program)
    return copy


def _expect_renamed(before: list[Elf], after: list[Elf], plan: Redirection, program: str) -> None:
    """Every object is still there, and has every name it had, the redirected ones aside."""

    def names(member: Elf, renaming: dict[str, str]) -> set[str]:
        return {renaming.get(symbol.name, symbol.name) for symbol in member.symbols}

    old = [names(member, plan.names) for member in before]
    if old != [names(member, {}) for member in after]:
        raise LinkguardError(program, "did not rename as it was told: give another --objcopy")


def _say(plan: Redirection, path: Path, prefix: str) -> None:
    for old, new in plan.names.items():
        print(f"{path}: note: '{old}' is now '{new}'", file=sys.stderr)
    if not plan.names:
        print(f"{path}: note: nothing in it refers to the C heap", file=sys.stderr)
    else:
        print(
            f"{path}: note: define the slot once: WEIR_RESERVE_DEFINE({prefix});", file=sys.stderr
        )
    if plan.elsewhere:
        quoted = ", ".join(f"'{name}'" for name in plan.elsewhere)
        print(
            f"{path}: note: whether what it calls elsewhere takes memory there, only the link can "
            f"tell (linkguard explain): {quoted}",
            file=sys.stderr,
        )

"""`linkguard exempt`: let a prebuilt object or archive past the guard, and record why."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from linkguard import archive, elf, files, objcopy, policy
from linkguard.elf import SHN_UNDEF, Elf
from linkguard.errors import ExitCode, LinkguardError
from linkguard.exemption import SECTION, Exemption, encode, exemptions_in
from linkguard.policy import Policy, base_name

GATE = {"malloc": "malloc_at_init", "calloc": "calloc_at_init"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", type=Path, metavar="OBJECT|ARCHIVE")
    parser.add_argument("--output", "--out", "-o", required=True, type=Path, metavar="FILE")
    parser.add_argument("--reason", required=True, help="why it may; verify and attest show it")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="default: the default presets")
    parser.add_argument(
        "--gate",
        action="store_true",
        help="send its calls through malloc_at_init and calloc_at_init (newlib needs this)",
    )
    parser.add_argument(
        "--objcopy", metavar="PROGRAM", help="default: the one for the object's machine"
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    rules = policy.load(arguments.policy)
    if not arguments.reason.strip():
        raise LinkguardError("exempt", "an empty --reason: say why the object may allocate")
    objects = _objects(arguments.input)
    functions = _banned_references(objects, rules)
    if not functions:
        raise LinkguardError(
            arguments.input, "refers to no banned function: link it as it is, nothing to exempt"
        )
    renamed = {name: _new_name(name, arguments.gate, arguments.input) for name in functions}
    name = arguments.output.name
    records = {e._replace(file=name) for file in objects for e in exemptions_in(file)}
    records.add(Exemption(name, tuple(functions), arguments.reason.strip(), arguments.gate))
    record = b"".join(encode(entry) for entry in sorted(records))
    program = objcopy.find(objects[0], arguments.objcopy)
    data = elf.read_file(arguments.input)
    section = (SECTION, record)
    copy = objcopy.renamed(program, data, arguments.input, renamed, section)
    files.write_atomically(arguments.output, copy)
    for name, other in renamed.items():
        print(f"{arguments.output}: '{name}' is now '{other}'")
    return ExitCode.CLEAN


def _objects(path: Path) -> list[Elf]:
    data = elf.read_file(path)
    archive.refuse_thin(data, path)
    if archive.is_archive(data):
        members = archive.members(data, path)
        found = [Elf(m.data, f"{path}({m.name})") for m in members if elf.is_elf(m.data)]
    else:
        found = [Elf(data, str(path))]
    if not found or not all(file.is_object for file in found):
        raise LinkguardError(path, "not an object or an archive of objects: give what is linked")
    return found


def _banned_references(objects: Iterable[Elf], rules: Policy) -> list[str]:
    return sorted(
        {
            symbol.name
            for file in objects
            for symbol in file.symbols
            if symbol.section == SHN_UNDEF and symbol.name and rules.bans(base_name(symbol.name))
        }
    )


def _new_name(name: str, gate: bool, path: Path) -> str:
    """--wrap=X leaves __real_X for references that shall reach X itself."""
    if not gate:
        return f"__real_{name}"
    if name not in GATE:
        known = ", ".join(f"'{known}'" for known in GATE)
        raise LinkguardError(path, f"refers to '{name}', for which there is no gate, only {known}")
    return GATE[name]

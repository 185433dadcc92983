"""`linkguard summarize`: archives and objects without source into checker facts."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from linkguard import archive, elf, facts, files, summary, summarycache
from linkguard.elf import Elf
from linkguard.errors import ExitCode, LinkguardError

BITCODE = (b"BC\xc0\xde", b"\xde\xc0\x17\x0b")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("inputs", nargs="+", type=Path, metavar="ARCHIVE|OBJECT")
    parser.add_argument("--output", "-o", required=True, type=Path, metavar="FILE")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep facts here, by content")


def run(arguments: argparse.Namespace) -> ExitCode:
    blobs = [summarize_file(path, arguments.cache) for path in arguments.inputs]
    files.write_atomically(arguments.output, b"".join(blobs))
    return ExitCode.CLEAN


def summarize_file(path: Path, cache: Path | None) -> bytes:
    """The facts of one archive or object, from the cache when its content was seen before."""
    data = elf.read_file(path)
    name = path.name if archive.is_archive(data) else path.as_posix()
    if cache is None:
        return _summarized(data, path, name)
    entry = summarycache.entry_for(str(cache), name, archive.content(data, path))
    known = summarycache.read(entry)
    if known is None:
        known = _summarized(data, path, name)
        files.write_atomically(Path(entry), summarycache.sealed(known))
    return known


def _summarized(data: bytes, path: Path, name: str) -> bytes:
    return b"".join(facts.write(unit) for unit in _units(data, path, name))


def _units(data: bytes, path: Path, name: str) -> Iterator[facts.Unit]:
    if not archive.is_archive(data):
        yield summary.summarize(read_object(data, str(path)), name)
        return
    objects = _members(data, path, name)
    known_data: set[str] = set()
    for _, member in objects:
        known_data |= summary.data_symbols(member)
    for unit, member in objects:
        yield summary.summarize(member, unit, known_data, strip_up=True)


def _members(data: bytes, path: Path, name: str) -> list[tuple[str, Elf]]:
    found: dict[str, Elf] = {}
    for member in archive.members(data, path):
        unit = f"{name}({member.name})"
        copies = 2
        while unit in found:
            unit = f"{name}({member.name})#{copies}"
            copies += 1
        found[unit] = read_object(member.data, f"{path}({member.name})")
    return list(found.items())


def read_object(data: bytes, label: str) -> Elf:
    """A relocatable object, or the one message that says what it is instead."""
    if data[:4] in BITCODE:
        raise LinkguardError(label, "holds LLVM bitcode, no machine code: build without -flto")
    if not elf.is_elf(data):
        what = "neither an archive nor an ELF object: give the .a or .o files that are linked"
        raise LinkguardError(label, what)
    found = Elf(data, label)
    if not found.is_object:
        raise LinkguardError(label, "a linked image: give the objects and archives it is made of")
    return found

"""`linkguard may-allocate`: which functions of a C library allocate, read from its own code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from linkguard import files, mayallocate
from linkguard.errors import ExitCode, LinkguardError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "libraries", nargs="+", metavar="NAME=LIBC.A", help="a name for the table, and the archive"
    )
    parser.add_argument(
        "--exports",
        action="append",
        default=[],
        metavar="NAME=LIBC.SO",
        help="list what this shared library exports, not the names without an underscore",
    )
    parser.add_argument("--output", "-o", type=Path, metavar="FILE", help="default: stdout")


def run(arguments: argparse.Namespace) -> ExitCode:
    libraries = _named(arguments.libraries)
    shared = _named(arguments.exports)
    for name in shared:
        if name not in libraries:
            raise LinkguardError(name, "--exports without a library of this name: give NAME=LIBC.A")
    tables = {}
    for name, path in libraries.items():
        exported = mayallocate.exports_of(shared[name]) if name in shared else None
        tables[name] = mayallocate.of_library(path, exported)
    text = mayallocate.render(tables)
    if arguments.output:
        files.write_text(arguments.output, text)
    else:
        sys.stdout.write(text)
    return ExitCode.CLEAN


def _named(words: Iterable[str]) -> dict[str, Path]:
    found = {}
    for word in words:
        name, equals, path = word.partition("=")
        if not (equals and path and name.replace("-", "").isalnum()):
            raise LinkguardError(word, "give a name and a file: newlib=path/to/libc.a")
        found[name] = Path(path)
    return found

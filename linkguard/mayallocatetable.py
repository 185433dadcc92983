"""`mayallocate.json`: which functions of four C libraries allocate, as `may-allocate` found them.

Apart from what makes it, since every link of a program with shared libraries asks it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

VERSION = 1


class Table(NamedTuple):
    """One library: the functions that give memory to their callers, that take some for
    themselves, and that may take some through a pointer."""

    sha256: str
    gives: tuple[str, ...]
    allocates: tuple[str, ...]
    through_pointers: tuple[str, ...]


def parse(text: str) -> dict[str, Table]:
    table = json.loads(text)
    version = table.pop("version", None)
    if version != VERSION:
        raise ValueError(f"may-allocate table of version {version!r}, expected {VERSION}")
    return {
        name: Table(
            entry["sha256"],
            *(tuple(entry[key]) for key in ("gives", "allocates", "through_pointers")),
        )
        for name, entry in table.items()
    }


@cache
def shipped() -> dict[str, Table]:
    return parse(Path(__file__).with_name("mayallocate.json").read_text("utf-8"))

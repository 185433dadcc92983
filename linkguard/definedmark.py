"""Which banned functions the inputs of a link define: told by the guard's script, read by verify.

With the guard, a weak reference to an allocator of the program's own becomes 0 and the allocator is
collected; GNU ld leaves no name of either in a static image. What tells it from an image that
never had an allocator is DEFINED(): its answers are the bits of absolute symbols, which take no
byte of flash. The names of these symbols hold a checksum of the list, so that an image of another
policy's flags is not misread. (lld answers 0; it lists the reference instead, or refuses it.)
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator

from linkguard.elf import SHN_ABS, Elf

REAL = "__real_"  # in a script, a wrapped name means `__wrap_NAME`; this one is the function itself
PLAIN = re.compile(r"[\w.$]+", re.ASCII)  # what a script takes as a name without quotes
BITS = 31  # a symbol of a 32-bit image holds no more


def assignments(names: Iterable[str]) -> Iterator[str]:
    """The statements of a linker script that leave the marks for these functions."""
    ordered = _ordered(names)
    for number, group in enumerate(_groups(ordered)):
        bits = (f"(DEFINED({REAL}{name}) << {bit})" for bit, name in enumerate(group))
        yield f"{_mark(ordered, number)} = {' | '.join(bits)};"


def read(elf: Elf, names: Iterable[str]) -> frozenset[str]:
    """Those of the functions that the link's inputs define; none where there are no such marks."""
    ordered = _ordered(names)
    groups = _groups(ordered)
    marks = {_mark(ordered, number): group for number, group in enumerate(groups)}
    found = elf.some_symbols.named(marks) if elf.some_symbols else []
    return frozenset(
        name
        for symbol in found
        if symbol.section == SHN_ABS
        for bit, name in enumerate(marks[symbol.name])
        if symbol.value >> bit & 1
    )


def _ordered(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if PLAIN.fullmatch(name))


def _groups(ordered: list[str]) -> list[list[str]]:
    return [ordered[start : start + BITS] for start in range(0, len(ordered), BITS)]


def _mark(ordered: list[str], number: int) -> str:
    return f"__linkguard_{zlib.crc32('/'.join(ordered).encode()):08x}_{number}"

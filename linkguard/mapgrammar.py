"""What linkers write in their maps: GNU ld, gold, lld and mold, by one grammar each."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, repeat
from typing import NamedTuple

from linkguard.errors import LinkguardError

Text = bytes | mmap.mmap
STRETCH = 1 << 18  # bytes of a map that are read at once
# Which linker wrote a map, by the line that its pieces follow. gold's go on as GNU ld's.
BEGIN = (
    rb"(?:(?P<gnu>Linker script and memory map|Memory map[ \t]*$)"
    rb"|(?P<lld>[ \t]*VMA +LMA +Size +Align +Out +In +Symbol)"
    rb"|(?P<mold>[ \t]*VMA +Size +Align +Out +In +Symbol))"
)
FIRST_LINE = re.compile(BEGIN, re.MULTILINE)
LATER_LINE = re.compile(b"\n" + BEGIN, re.MULTILINE)


class Grammar(NamedTuple):
    """How a linker writes. A map of five megabytes has a hundred thousand lines, of symbols most:
    these expressions run over the whole text, and each line that is none of theirs ends them at
    its first bytes. Nothing in them is tried twice (`++`)."""

    output: re.Pattern[bytes]  # the line of an output section; its name
    piece: re.Pattern[bytes]  # the line of a piece of one; its fields
    order: tuple[int, int, int, int]  # which of these are the start, size, section and file
    base: int  # of numbers, as `int` takes it


GRAMMARS = {
    # After a blank, a piece; its name, if long, on a line of its own.
    "gnu": Grammar(
        re.compile(rb"\n([^\s*]\S*+)"),
        re.compile(rb"\n ([^\s*]\S*+)\n? ++0x([0-9a-f]++) ++0x([0-9a-f]++) (\S.*+)"),
        (1, 2, 0, 3),
        16,
    ),
    # An output section follows its alignment after one blank, a piece of one after nine.
    "lld": Grammar(
        re.compile(rb"\n *+[0-9a-f]++ ++[0-9a-f]++ ++[0-9a-f]++ ++\d++ (\S++)$", re.MULTILINE),
        re.compile(
            rb"\n *+([0-9a-f]++) ++[0-9a-f]++ ++([0-9a-f]++) ++\d++ {9}(\S.*):\((.+)\)$",
            re.MULTILINE,
        ),
        (0, 1, 3, 2),
        16,
    ),
    "mold": Grammar(
        re.compile(rb"\n *+(?:0x[0-9a-f]++|0) ++(?:0x[0-9a-f]++|\d++) ++\w++ (\S.*+)"),
        re.compile(
            rb"\n *+(0x[0-9a-f]++|0) ++(0x[0-9a-f]++|\d++) ++\w++ {9}(\S.*):\((.+)\)$",
            re.MULTILINE,
        ),
        (0, 1, 3, 2),
        0,
    ),
}


class Contents(NamedTuple):
    """The pieces of one output section: their fields as columns, in the order of the map."""

    output: bytes
    starts: Sequence[int]
    sizes: Sequence[int]
    sections: Sequence[bytes]
    files: Sequence[bytes]


def listing(text: Text, label: str) -> tuple[list[Contents], list[bytes]]:
    """What a map lists: the pieces, and the names of all output sections in its order."""
    begin = FIRST_LINE.match(text) or LATER_LINE.search(text)
    if begin is None or begin.lastgroup is None:
        raise LinkguardError(
            label, "not a map of GNU ld, gold, lld or mold: make one with -Wl,-Map=FILE"
        )
    grammar = GRAMMARS[begin.lastgroup]
    outputs = [(line.start(), line[1]) for line in grammar.output.finditer(text, begin.end())]
    files: dict[bytes, bytes] = {}
    found = []
    for (start, output), (end, _) in pairwise(((begin.end(), b""), *outputs, (len(text), b""))):
        for stretch in _stretches(grammar, text, start, end):
            if fields := [*zip(*grammar.piece.findall(text, *stretch), strict=True)]:
                found.append(_contents(grammar, output, fields, files))
    return found, [name for _, name in outputs]


def _stretches(grammar: Grammar, text: Text, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A long output section bit by bit: what is made for one is used again for the next."""
    while start < end:
        following = grammar.piece.search(text, start + STRETCH, end)
        stop = following.start() if following else end
        yield start, stop
        start = stop


def _contents(
    grammar: Grammar, output: bytes, fields: list[tuple[bytes, ...]], known: dict[bytes, bytes]
) -> Contents:
    """`known`: the names of files so far. One has many pieces."""
    starts, sizes, sections, files = (fields[number] for number in grammar.order)
    numbers = {text: int(text, grammar.base) for text in {*sizes}}  # many are alike
    return Contents(
        output,
        [*map(int, starts, repeat(grammar.base))],
        [numbers[text] for text in sizes],
        sections,
        [known.setdefault(file, file) for file in files],
    )

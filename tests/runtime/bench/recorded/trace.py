"""What a program did to its heap, as text: a header of comments, then the operations in order.

A number is an allocation of that many bytes; its block goes to the lowest free slot. ``-N`` frees
the block in slot N. A block that was made larger or smaller is a new one and a free of the old one.
What lives at the end is freed at the end.
"""

from __future__ import annotations

import heapq
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """An allocation of ``size`` bytes into ``slot``, or, with size 0, the free of it."""

    slot: int
    size: int


@dataclass(frozen=True)
class Extent:
    """How much of a heap a trace needs at least."""

    operations: int
    slots: int
    peak: int


class Slots:
    """Numbers to hand out, always the lowest that is free."""

    def __init__(self) -> None:
        self._given_back: list[int] = []
        self._next = 0

    def take(self) -> int:
        if self._given_back:
            return heapq.heappop(self._given_back)
        self._next += 1
        return self._next - 1

    def give(self, slot: int) -> None:
        heapq.heappush(self._given_back, slot)


def from_events(lines: Iterable[str]) -> Iterator[Operation]:
    """The operations of the interposer's lines: freed pointer, allocated pointer, size."""
    slots = Slots()
    live: dict[str, int] = {}

    def free(pointer: str) -> Iterator[Operation]:
        if pointer in live:
            slot = live.pop(pointer)
            slots.give(slot)
            yield Operation(slot, 0)

    for line in lines:
        freed, allocated, size = line.split()
        # The same address again is a block that was resized where it is: its old life ends first.
        in_place = freed == allocated
        if in_place:
            yield from free(freed)
        if allocated != "(nil)":
            live[allocated] = slots.take()
            yield Operation(live[allocated], max(int(size), 1))
        if not in_place:
            yield from free(freed)
    for pointer in list(live):
        yield from free(pointer)


def write(operations: Iterable[Operation], header: Iterable[str]) -> str:
    tokens = (str(each.size) if each.size else f"-{each.slot}" for each in operations)
    body = textwrap.fill(" ".join(tokens), 100, break_on_hyphens=False, break_long_words=False)
    return "".join(f"# {line}\n" for line in header) + body + "\n"


def read(text: str) -> list[Operation]:
    """The inverse of write; ValueError says what is wrong with the text."""
    slots = Slots()
    taken: set[int] = set()
    operations: list[Operation] = []
    for line in text.splitlines():
        for token in [] if line.startswith("#") else line.split():
            number = int(token)
            if token.startswith("-"):
                if -number not in taken:
                    raise ValueError(
                        f"operation {len(operations)} frees slot {-number}: it is empty"
                    )
                taken.remove(-number)
                slots.give(-number)
                operations.append(Operation(-number, 0))
            else:
                slot = slots.take()
                taken.add(slot)
                operations.append(Operation(slot, number))
    return operations


def extent(operations: Sequence[Operation]) -> Extent:
    live: dict[int, int] = {}
    slots = peak = total = 0
    for operation in operations:
        total += operation.size - live.pop(operation.slot, 0)
        if operation.size:
            live[operation.slot] = operation.size
        slots = max(slots, len(live))
        peak = max(peak, total)
    return Extent(len(operations), slots, peak)


def as_c(operations: list[Operation]) -> str:
    """The source file that program/recorded.h declares."""
    words = (str(o.size) + "u" if o.size else f"0x{0x80000000 | o.slot:x}u" for o in operations)
    table = textwrap.fill(", ".join(words), 100)
    size = extent(operations)
    return (
        '#include "recorded.h"\n\n'
        f"const uint32_t recorded_operations[] = {{\n{table}}};\n"
        f"const uint32_t recorded_count = {size.operations};\n"
        f"const uint32_t recorded_slots = {size.slots};\n"
        f"const uint32_t recorded_peak = {size.peak};\n"
    )

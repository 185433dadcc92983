"""Types of functions and of calls through pointers, from `.llvm.callgraph`.

Clang 22 writes it with -fexperimental-call-graph-section, one section for each of code, which
linkers join. A record: version, flags, the function's address, its type; then, by the flags, the
addresses of direct callees and the types of indirect ones. A type is a hash of its mangled name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from linkguard.elf import EM_ARM, Elf

SECTION = ".llvm.callgraph"
VERSION = 0
DIRECT_CALLEES, INDIRECT_TYPES = 2, 4


class CallGraph(NamedTuple):
    """What the section says, by the address of the function."""

    types: dict[int, int]
    calls: dict[int, frozenset[int]]  # types called through pointers
    is_there: bool = False

    def may_call(self, function: int) -> list[int]:
        """The functions that call some function of this one's type through a pointer."""
        wanted = self.types.get(function)
        if wanted is None:
            return []
        return sorted(caller for caller, types in self.calls.items() if wanted in types)


def read(elf: Elf) -> CallGraph:
    """The section of an image; an empty graph without one, or as far as a damaged one goes."""
    section = elf.section_named(SECTION)
    if section is None or elf.is_object:
        return CallGraph({}, {})
    types: dict[int, int] = {}
    calls: dict[int, frozenset[int]] = {}
    width = 8 if elf.is64 else 4
    mask = ~1 if elf.machine == EM_ARM else ~0
    for address, type_id, called in _records(elf.bytes_of(section), width):
        if address:  # 0: the function was collected, gold and mold leave its record
            types[address & mask] = type_id
            calls[address & mask] = called
    return CallGraph(types, calls, is_there=True)


def _records(data: bytes, width: int) -> Iterator[tuple[int, int, frozenset[int]]]:
    offset = 0
    while offset + 2 + width + 8 <= len(data):
        version, flags = data[offset], data[offset + 1]
        if version != VERSION:
            return
        address = int.from_bytes(data[offset + 2 : offset + 2 + width], "little")
        offset += 2 + width
        type_id = int.from_bytes(data[offset : offset + 8], "little")
        offset += 8
        if flags & DIRECT_CALLEES:
            count, offset = _uleb(data, offset)
            offset += count * width
        types: list[int] = []
        if flags & INDIRECT_TYPES:
            count, offset = _uleb(data, offset)
            if offset + 8 * count > len(data):
                return
            for _ in range(count):
                types.append(int.from_bytes(data[offset : offset + 8], "little"))
                offset += 8
        yield address, type_id, frozenset(types)


def _uleb(data: bytes, offset: int) -> tuple[int, int]:
    value = shift = 0
    while offset < len(data):
        byte = data[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    return value, offset

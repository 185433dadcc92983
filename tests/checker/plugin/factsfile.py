"""Reads `.weir.facts` from FORMAT.md alone, so that the tests do not trust the code under test."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from elftools.elf.elffile import ELFFile

HEADER = struct.Struct("<8sHBBIIQQ")
COLUMNS = {3: 6, 4: 6, 5: 6, 6: 7, 7: 3, 8: 6, 9: 5, 10: 7, 11: 2, 12: 2, 13: 2, 14: 2, 128: 2}

DEFINED, LOCAL, WEAK, COMDAT, CONSTRUCTOR, RETAINED = 1, 2, 4, 8, 16, 32
NONALLOCATING, ALLOCATING, NO_PROTOTYPE, AVAILABLE_EXTERNALLY = 64, 128, 256, 512
ASM_SITE, VIRTUAL_SITE, NO_PROTOTYPE_SITE = 1, 2, 4
IN_INITIALIZER, OPAQUE = 1, 2
IFUNC = 1
BUILTIN = 4
FROM_NO_PROTOTYPE, TO_NO_PROTOTYPE, THROUGH_INTEGER = 1, 2, 4
BY_POINTER, BY_UNION, VARIADIC, FETCHED = 1, 2, 4, 8
UNKNOWN_STORE, ESCAPE = 2, 4


@dataclass(frozen=True)
class Function:
    name: str
    flags: int
    type: str
    place: str


@dataclass(frozen=True)
class Call:
    caller: str
    callee: str
    flags: int
    place: str


@dataclass(frozen=True)
class Site:
    caller: str
    flags: int
    type: str
    place: str


@dataclass(frozen=True)
class Address:
    function: str
    flags: int
    type: str
    holder: str
    place: str


@dataclass(frozen=True)
class Cast:
    source: str
    flags: int
    to: str
    place: str


@dataclass(frozen=True)
class Store:
    variable: str
    flags: int
    value: str  # a function or a variable
    place: str


@dataclass(frozen=True)
class Unit:
    kind: int
    name: str
    producer: str
    triple: str
    scheme: str
    functions: dict[str, Function]
    calls: list[Call]
    sites: list[Site]
    addresses: list[Address]
    aliases: list[tuple[str, str, int]]
    casts: list[Cast]
    retypes: list[tuple[str, int, str]]
    stores: list[Store]
    sources: list[tuple[Site, str]]
    virtual_calls: list[tuple[Site, str]]
    overrides: list[tuple[str, str]]
    instances: list[tuple[str, str]]
    annotations: list[tuple[str, str]]

    def taken(self, function: str) -> list[Address]:
        return [address for address in self.addresses if address.function == function]

    def edges(self) -> set[tuple[str, str]]:
        return {(call.caller, call.callee) for call in self.calls}


def uleb(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def ulebs(data: bytes) -> list[int]:
    values, at = [], 0
    while at < len(data):
        value, at = uleb(data, at)
        values.append(value)
    return values


def sections(payload: bytes) -> dict[int, bytes]:
    found, at = {}, 0
    while at < len(payload):
        tag = payload[at]
        size, at = uleb(payload, at + 1)
        found[tag] = payload[at : at + size]
        at += size
    assert list(found) == sorted(found), "tags ascend"
    return found


def string_table(data: bytes) -> list[str]:
    count, at = uleb(data, 0)
    *written, nothing = data[at:].decode().split("\0")
    assert (len(written), nothing) == (count, "")
    return ["", *map(unmarked, written)]


def unmarked(text: str) -> str:
    if text[0] == "\1":
        return f"_ZTS{text[1:]}.generalized"
    return text[1:] if text[0] == "\2" else text


def rows(found: dict[int, bytes], tag: int) -> list[list[int]]:
    if tag not in found:
        return []
    count, *coded = ulebs(found[tag])
    width = COLUMNS[tag]
    assert len(coded) == count * width
    columns = [coded[i : i + count] for i in range(0, len(coded), count or 1)]
    return [list(row) for row in zip(*map(undo_differences, columns), strict=True)]


def undo_differences(coded: list[int]) -> list[int]:
    return list(accumulate(-(c + 1) // 2 if c % 2 else c // 2 for c in coded))


def parse(kind: int, payload: bytes) -> Unit:
    found = sections(payload)
    text = string_table(found[1])
    assert text[0] == ""
    name, producer, triple, scheme = (text[i] for i in ulebs(found[2]))

    def place(file: int, line: int, column: int) -> str:
        return f"{text[file]}:{line}:{column}" if line else ""

    functions = [
        Function(text[label], flags, text[type_], place(*where))
        for label, flags, type_, *where in rows(found, 3)
    ]
    names = [function.name for function in functions]
    sites = [Site(names[a], f, text[t], place(*w)) for a, f, t, *w in rows(found, 5)]
    return Unit(
        kind,
        name,
        producer,
        triple,
        scheme,
        functions={function.name: function for function in functions},
        calls=[Call(names[a], names[b], f, place(*w)) for a, b, f, *w in rows(found, 4)],
        sites=sites,
        addresses=[
            Address(names[a], f, text[t], text[h], place(*w)) for a, f, t, h, *w in rows(found, 6)
        ],
        aliases=[(names[a], names[b], f) for a, b, f in rows(found, 7)],
        casts=[Cast(text[a], f, text[b], place(*w)) for a, f, b, *w in rows(found, 8)],
        retypes=[(text[t], f, place(*w)) for t, f, *w in rows(found, 9)],
        stores=[
            Store(text[v], f, names[n - 1] if n else text[s], place(*w))
            for v, f, n, s, *w in rows(found, 10)
        ],
        sources=[(sites[i], text[v]) for i, v in rows(found, 11)],
        virtual_calls=[(sites[i], text[m]) for i, m in rows(found, 12)],
        overrides=[(text[m], text[o]) for m, o in rows(found, 13)],
        instances=[(["", *names][a], text[t]) for a, t in rows(found, 14)],
        annotations=[(names[a], text[t]) for a, t in rows(found, 128)],
    )


def blobs(data: bytes) -> Iterator[Unit]:
    at = 0
    while at < len(data):
        if data[at] == 0:
            at += 1
            continue
        magic, version, codec, kind, stored, raw, _, _ = HEADER.unpack_from(data, at)
        assert (magic, version) == (b"weirfact", 3)
        payload = data[at + HEADER.size : at + HEADER.size + stored]
        payload = zlib.decompress(payload, -15) if codec == 1 else payload
        assert len(payload) == raw
        yield parse(kind, payload)
        at += HEADER.size + stored


def read_units(path: Path) -> list[Unit]:
    """The facts of every unit in an object or image; none when it has no such section."""
    with path.open("rb") as stream:
        section = ELFFile(stream).get_section_by_name(".weir.facts")
        return list(blobs(section.data())) if section else []


def read_unit(path: Path) -> Unit:
    (unit,) = read_units(path)
    return unit

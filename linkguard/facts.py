"""Checker facts, version 3 (checker/facts/FORMAT.md): the blobs of library members."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from enum import IntFlag
from typing import NamedTuple

import xxhash

from linkguard import FACTS_VERSION
from linkguard.errors import LinkguardError
from linkguard.location import Location

MAGIC = b"weirfact"
VERSION = FACTS_VERSION
HEADER = struct.Struct("<8sHBBIIQQ")
CODEC_DEFLATE = 1
RAW_DEFLATE = -15  # zlib's word for a stream without header and check sum
KIND_LIBRARY = 2
TYPE, ESCAPE = "\1", "\2"  # first characters of strings that are not written as they are
STRINGS, UNIT, FUNCTIONS, CALLS, SITES, ADDRESSES, ALIASES = range(1, 8)


class FunctionFlag(IntFlag):
    DEFINED = 1
    LOCAL = 2
    WEAK = 4
    COMDAT = 8
    CONSTRUCTOR = 16
    RETAINED = 32


class CallFlag(IntFlag):
    NONE = 0
    TAIL = 1
    INFERRED = 2
    BUILTIN = 4


class SiteFlag(IntFlag):
    NONE = 0
    OPAQUE = 1


class AddressFlag(IntFlag):
    NONE = 0
    STATIC = 1
    UNTYPED = 2


class AliasFlag(IntFlag):
    NONE = 0
    IFUNC = 1


class Function(NamedTuple):
    name: str
    flags: FunctionFlag
    location: Location


class Call(NamedTuple):
    caller: int
    callee: int
    flags: CallFlag
    location: Location


class Site(NamedTuple):
    caller: int
    flags: SiteFlag
    location: Location


class Address(NamedTuple):
    function: int
    flags: AddressFlag
    holder: str
    location: Location


class Alias(NamedTuple):
    alias: int
    target: int
    flags: AliasFlag


class Unit(NamedTuple):
    """What one library member contains; indices are into `functions`. No types: code has none."""

    name: str
    producer: str
    triple: str
    functions: tuple[Function, ...]
    calls: tuple[Call, ...] = ()
    sites: tuple[Site, ...] = ()
    addresses: tuple[Address, ...] = ()
    aliases: tuple[Alias, ...] = ()


class _Strings:
    def __init__(self) -> None:
        self.index = {"": 0}

    def __call__(self, text: str) -> int:
        return self.index.setdefault(text, len(self.index))

    def encode(self) -> bytes:
        """All but the empty string, which is not written."""
        written = list(self.index)[1:]
        return _uleb(len(written)) + b"".join(_escaped(text) + b"\0" for text in written)


def write(unit: Unit) -> bytes:
    """One blob: header and compressed payload."""
    strings = _Strings()
    for function in unit.functions:
        strings(function.name)
    payload = _payload(unit, strings)
    packer = zlib.compressobj(wbits=RAW_DEFLATE)
    packed = packer.compress(payload) + packer.flush()
    identity = unit.name.encode() + b"\0" + unit.triple.encode()
    header = HEADER.pack(
        MAGIC,
        VERSION,
        CODEC_DEFLATE,
        KIND_LIBRARY,
        len(packed),
        len(payload),
        xxhash.xxh3_64_intdigest(payload),
        xxhash.xxh3_64_intdigest(identity),
    )
    return header + packed


def _payload(unit: Unit, strings: _Strings) -> bytes:
    def place(location: Location) -> tuple[int, int, int]:
        return strings(location.file), location.line, location.column

    unit_entry = (unit.name, unit.producer, unit.triple, "none")
    sections = [
        (UNIT, b"".join(_uleb(strings(text)) for text in unit_entry)),
        (
            FUNCTIONS,
            _table((strings(f.name), f.flags, 0, *place(f.location)) for f in unit.functions),
        ),
        (CALLS, _table((c.caller, c.callee, c.flags, *place(c.location)) for c in unit.calls)),
        (SITES, _table((s.caller, s.flags, 0, *place(s.location)) for s in unit.sites)),
        (
            ADDRESSES,
            _table(
                (a.function, a.flags, 0, strings(a.holder), *place(a.location))
                for a in unit.addresses
            ),
        ),
        (ALIASES, _table((a.alias, a.target, a.flags) for a in unit.aliases)),
    ]
    sections.insert(0, (STRINGS, strings.encode()))
    return b"".join(bytes([tag]) + _uleb(len(body)) + body for tag, body in sections)


def _table(entries: Iterable[tuple[int, ...]]) -> bytes:
    """Column by column, each value as its difference to the one above."""
    rows = list(entries)
    out = bytearray(_uleb(len(rows)))
    for column in zip(*rows, strict=True):
        before = 0
        for value in column:
            step = value - before
            out += _uleb(2 * step if step >= 0 else -2 * step - 1)
            before = value
    return bytes(out)


def _escaped(text: str) -> bytes:
    """A string that begins like a type, or like this, is marked; types there are none."""
    return (ESCAPE + text if text[0] in (TYPE, ESCAPE) else text).encode()


def _uleb(value: int) -> bytes:
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read(data: bytes, label: str) -> Iterator[Unit]:
    """The units of a facts file written by this module; anything else is an error."""
    offset = 0
    while offset < len(data):
        if data[offset] == 0:
            offset += 1
            continue
        unit, offset = _read_blob(data, offset, label)
        yield unit


def _read_blob(data: bytes, offset: int, label: str) -> tuple[Unit, int]:
    if len(data) - offset < HEADER.size:
        raise LinkguardError(label, f"truncated facts at {offset}, write them again")
    magic, version, codec, kind, stored, raw, digest, _ = HEADER.unpack_from(data, offset)
    if magic != MAGIC:
        raise LinkguardError(label, f"no facts at {offset}: the magic is missing")
    if (version, codec, kind) != (VERSION, CODEC_DEFLATE, KIND_LIBRARY):
        raise LinkguardError(
            label, f"facts of version {version}, codec {codec}, kind {kind} are not read here"
        )
    body = data[offset + HEADER.size : offset + HEADER.size + stored]
    try:
        payload = zlib.decompress(body, RAW_DEFLATE)
    except zlib.error as error:
        raise LinkguardError(label, f"damaged facts at {offset}, write them again") from error
    if len(payload) != raw or xxhash.xxh3_64_intdigest(payload) != digest:
        raise LinkguardError(label, f"damaged facts at {offset}: the content hash differs")
    return _Reader(payload).unit(), offset + HEADER.size + stored


class _Reader:
    """A payload whose content hash was right: its structure is trusted."""

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.offset = 0

    def unit(self) -> Unit:
        strings: list[str] = []
        tables: dict[int, list[tuple[int, ...]]] = {}
        names: list[str] = []
        widths = {FUNCTIONS: 6, CALLS: 6, SITES: 6, ADDRESSES: 7, ALIASES: 3}
        while self.offset < len(self.payload):
            tag = self.payload[self.offset]
            self.offset += 1
            self._uleb()  # the size
            if tag == STRINGS:
                strings = ["", *(self._text() for _ in range(self._uleb()))]
            elif tag == UNIT:
                names = [strings[self._uleb()] for _ in range(4)]
            else:
                count = self._uleb()
                columns = [self._column(count) for _ in range(widths[tag])]
                tables[tag] = list(zip(*columns, strict=True))

        def location(row: tuple[int, ...]) -> Location:
            return Location(strings[row[-3]], row[-2], row[-1])

        return Unit(
            name=names[0],
            producer=names[1],
            triple=names[2],
            functions=tuple(
                Function(strings[r[0]], FunctionFlag(r[1]), location(r)) for r in tables[FUNCTIONS]
            ),
            calls=tuple(Call(r[0], r[1], CallFlag(r[2]), location(r)) for r in tables[CALLS]),
            sites=tuple(Site(r[0], SiteFlag(r[1]), location(r)) for r in tables[SITES]),
            addresses=tuple(
                Address(r[0], AddressFlag(r[1]), strings[r[3]], location(r))
                for r in tables[ADDRESSES]
            ),
            aliases=tuple(Alias(r[0], r[1], AliasFlag(r[2])) for r in tables[ALIASES]),
        )

    def _column(self, count: int) -> list[int]:
        values, value = [], 0
        for _ in range(count):
            coded = self._uleb()
            value += -(coded + 1) // 2 if coded % 2 else coded // 2
            values.append(value)
        return values

    def _text(self) -> str:
        end = self.payload.index(0, self.offset)
        text = self.payload[self.offset : end].decode("utf-8")
        self.offset = end + 1
        return text[1:] if text[0] == ESCAPE else text

    def _uleb(self) -> int:
        value = shift = 0
        while True:
            byte = self.payload[self.offset]
            self.offset += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

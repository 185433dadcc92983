"""The facts format, byte by byte against checker/facts/FORMAT.md, and damaged files."""

from __future__ import annotations

import struct
import zlib

import pytest
import xxhash

from linkguard import facts
from linkguard.errors import LinkguardError
from linkguard.facts import AddressFlag, AliasFlag, CallFlag, FunctionFlag, SiteFlag, Unit
from linkguard.location import Location

UNIT = Unit(
    name="lib.a(x.o)",
    producer="test",
    triple="arm-none-eabi",
    functions=(
        facts.Function("f", FunctionFlag.DEFINED, Location("x.c", 300, 2)),
        facts.Function("g", FunctionFlag(0), Location()),
    ),
    calls=(facts.Call(0, 1, CallFlag.TAIL, Location("x.c", 301, 9)),),
    sites=(facts.Site(0, SiteFlag.OPAQUE, Location()),),
    addresses=(facts.Address(1, AddressFlag.STATIC | AddressFlag.UNTYPED, "hooks", Location()),),
    aliases=(facts.Alias(1, 0, AliasFlag.NONE),),
)


def test_the_header() -> None:
    blob = facts.write(UNIT)
    magic, version, codec, kind, stored, raw, digest, unit = struct.unpack_from("<8sHBBIIQQ", blob)
    payload = zlib.decompress(blob[36:], -15)
    assert (magic, version, codec, kind) == (b"weirfact", 3, 1, 2)
    assert (stored, raw) == (len(blob) - 36, len(payload))
    assert digest == xxhash.xxh3_64_intdigest(payload)
    assert unit == xxhash.xxh3_64_intdigest(b"lib.a(x.o)\0arm-none-eabi")


def test_the_payload() -> None:
    payload = zlib.decompress(facts.write(UNIT)[36:], -15)
    names = [b"f", b"g", b"lib.a(x.o)", b"test", b"arm-none-eabi", b"none", b"x.c", b"hooks"]
    strings = bytes([len(names)]) + b"".join(name + b"\0" for name in names)
    expected = [
        (1, strings),
        (2, bytes([3, 4, 5, 6])),
        (3, bytes([2, 2, 2, 2, 1, 0, 0, 14, 13, 0xD8, 4, 0xD7, 4, 4, 3])),
        (4, bytes([1, 0, 2, 2, 14, 0xDA, 4, 18])),
        (5, bytes([1, 0, 2, 0, 0, 0, 0])),
        (6, bytes([1, 2, 6, 0, 16, 0, 0, 0])),
        (7, bytes([1, 2, 0, 0])),
    ]
    assert payload == b"".join(bytes([tag, len(body)]) + body for tag, body in expected)


def test_what_is_written_is_read() -> None:
    data = facts.write(UNIT) + b"\0\0" + facts.write(UNIT)
    assert list(facts.read(data, "x")) == [UNIT, UNIT]


def test_damage_is_named() -> None:
    blob = facts.write(UNIT)
    for length in range(1, len(blob)):
        with pytest.raises(LinkguardError, match="facts"):
            list(facts.read(blob[:length], "x.facts"))
    for position in range(len(blob) - 8, len(blob)):
        changed = blob[:position] + bytes([blob[position] ^ 1]) + blob[position + 1 :]
        with pytest.raises(LinkguardError, match="damaged facts"):
            list(facts.read(changed, "x.facts"))
    with pytest.raises(LinkguardError, match="version 4"):
        list(facts.read(blob[:8] + b"\4" + blob[9:], "x.facts"))

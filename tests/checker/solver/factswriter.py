"""Writes facts blobs as checker/facts/FORMAT.md lays them out, apart from the C++ writer.

A test describes a unit with the methods of `Unit`, which returns what was said in the order it was
said; `Unit.blob()` is the encoded form.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

import xxhash

UNIT, DECLARATIONS, MEMBER = 0, 1, 2

DEFINED, LOCAL, WEAK, COMDAT, CONSTRUCTOR, RETAINED = 1, 2, 4, 8, 16, 32
BUILTIN = 4  # of calls
NONALLOCATING, ALLOCATING, NO_PROTOTYPE, AVAILABLE_EXTERNALLY, SYSTEM = 64, 128, 256, 512, 1024
INLINE_ASM, VIRTUAL, SITE_NO_PROTOTYPE = 1, 2, 4
INITIALIZER, OPAQUE = 1, 2
IFUNC = 1
FROM_NO_PROTOTYPE, TO_NO_PROTOTYPE = 1, 2
RETYPE_POINTER, RETYPE_UNION, RETYPE_VARIADIC, RETYPE_FETCHED, RETYPE_NAMED = 1, 2, 4, 8, 16
UNKNOWN_STORE, ESCAPE = 2, 4

VOID = "_ZTSFvvE.generalized"
HEADER = struct.Struct("<8sHBBIIQQ")


def uleb(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def place(text: str) -> tuple[str, int, int]:
    """`file:line:column`, or nothing."""
    if not text:
        return "", 0, 0
    file, line, column = text.rsplit(":", 2)
    return file, int(line), int(column)


@dataclass
class Unit:
    name: str
    kind: int = UNIT
    scheme: str = "generalized"
    triple: str = "thumbv7m-none-eabi"
    strings: dict[str, int] = field(default_factory=lambda: {"": 0})
    functions: dict[str, list[object]] = field(default_factory=dict)
    tables: dict[int, list[bytes]] = field(default_factory=dict)

    def str(self, text: str) -> bytes:
        return uleb(self.strings.setdefault(text, len(self.strings)))

    def at(self, text: str) -> bytes:
        file, line, column = place(text)
        return self.str(file) + uleb(line) + uleb(column)

    def declare(self, name: str, flags: int = 0, type: str = "", at: str = "") -> Unit:
        """A function of this unit; what is said of it later adds to it."""
        known = self.functions.setdefault(name, [0, "", ""])
        known[0] |= flags  # type: ignore[operator]
        known[1] = type or known[1]
        known[2] = at or known[2]
        return self

    def define(self, name: str, flags: int = 0, type: str = "", at: str = "") -> Unit:
        return self.declare(name, flags | DEFINED, type, at)

    def index(self, name: str) -> bytes:
        self.declare(name)
        return uleb(list(self.functions).index(name))

    def add(self, tag: int, entry: bytes) -> Unit:
        self.tables.setdefault(tag, []).append(entry)
        return self

    def call(self, caller: str, callee: str, at: str = "", flags: int = 0) -> Unit:
        return self.add(4, self.index(caller) + self.index(callee) + uleb(flags) + self.at(at))

    def site(self, caller: str, type: str = VOID, at: str = "", flags: int = 0) -> Unit:
        return self.add(5, self.index(caller) + uleb(flags) + self.str(type) + self.at(at))

    def address(
        self, function: str, holder: str = "", type: str = "", at: str = "", flags: int = 0
    ) -> Unit:
        entry = self.index(function) + uleb(flags) + self.str(type) + self.str(holder)
        return self.add(6, entry + self.at(at))

    def alias(self, name: str, target: str, flags: int = 0) -> Unit:
        return self.add(7, self.index(name) + self.index(target) + uleb(flags))

    def cast(self, source: str, to: str = "", at: str = "", flags: int = 0) -> Unit:
        return self.add(8, self.str(source) + uleb(flags) + self.str(to) + self.at(at))

    def retype(self, type: str, flags: int, at: str = "") -> Unit:
        return self.add(9, self.str(type) + uleb(flags) + self.at(at))

    def store(self, variable: str, function: str = "", source: str = "", flags: int = 0) -> Unit:
        """A variable is given a function, or what another one holds."""
        self.declare(function) if function else None
        number = list(self.functions).index(function) + 1 if function else 0
        entry = self.str(variable) + uleb(flags) + uleb(number) + self.str(source)
        return self.add(10, entry + self.at(""))

    def source(self, variable: str) -> Unit:
        """Of the last site."""
        return self.add(11, uleb(len(self.tables[5]) - 1) + self.str(variable))

    def method(self, name: str) -> Unit:
        """Of the last site."""
        return self.add(12, uleb(len(self.tables[5]) - 1) + self.str(name))

    def override(self, method: str, overridden: str) -> Unit:
        return self.add(13, self.str(method) + self.str(overridden))

    def instance(self, function: str, table: str) -> Unit:
        """Made by a function or, without one, by a static initialiser."""
        self.declare(function) if function else None
        number = list(self.functions).index(function) + 1 if function else 0
        return self.add(14, uleb(number) + self.str(table))

    def annotate(self, function: str, text: str) -> Unit:
        return self.add(128, self.index(function) + self.str(text))

    def payload(self) -> bytes:
        unit = b"".join(self.str(s) for s in (self.name, "test", self.triple, self.scheme))
        functions = [
            self.str(name) + uleb(flags) + self.str(type) + self.at(at)  # type: ignore[arg-type]
            for name, (flags, type, at) in self.functions.items()
        ]
        strings = [marked(s) for s in self.strings if s]
        sections = {1: string_table(strings), 2: unit, 3: table(functions)}
        sections |= {tag: table(entries) for tag, entries in self.tables.items()}
        return b"".join(
            bytes([tag]) + uleb(len(body)) + body for tag, body in sorted(sections.items())
        )

    def blob(self, compress: bool = True) -> bytes:
        return pack(self.payload(), self.kind, self.name, self.triple, compress)


def marked(text: str) -> bytes:
    """A type without what all types share; a string that begins like one is marked."""
    if text.startswith("_ZTS") and text.endswith(".generalized"):
        text = "\1" + text.removeprefix("_ZTS").removesuffix(".generalized")
    elif text[0] in "\1\2":
        text = "\2" + text
    return text.encode()


def string_table(entries: list[bytes]) -> bytes:
    """All but the empty string, which is not written."""
    return uleb(len(entries)) + b"".join(entry + b"\0" for entry in entries)


def deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def ulebs(data: bytes) -> list[int]:
    values, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            values.append(value)
            value = shift = 0
    return values


def difference(value: int, before: int) -> int:
    step = value - before
    return 2 * step if step >= 0 else -2 * step - 1


def table(entries: list[bytes]) -> bytes:
    """Rows written column by column, each value as its difference to the one above."""
    out = uleb(len(entries))
    for column in zip(*map(ulebs, entries), strict=True):
        out += b"".join(map(uleb, map(difference, column, (0, *column))))
    return out


def pack(payload: bytes, kind: int, name: str, triple: str, compress: bool = False) -> bytes:
    """A blob around any payload, also a wrong one."""
    stored = deflate(payload) if compress else payload
    unit_id = xxhash.xxh3_64_intdigest(name.encode() + b"\0" + triple.encode())
    header = HEADER.pack(
        b"weirfact",
        3,
        int(compress),
        kind,
        len(stored),
        len(payload),
        xxhash.xxh3_64_intdigest(payload),
        unit_id,
    )
    return header + stored

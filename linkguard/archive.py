"""Unix `ar` archives: their members, GNU long names and thin archives included."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from linkguard.errors import LinkguardError, reason

MAGIC = b"!<arch>\n"
THIN_MAGIC = b"!<thin>\n"
HEADER_SIZE = 60
HEADER_END = b"`\n"


class Member(NamedTuple):
    name: str
    data: bytes


def is_archive(data: bytes) -> bool:
    return data[:8] in (MAGIC, THIN_MAGIC)


def content(data: bytes, path: Path) -> bytes:
    """All that a file stands for: a thin archive only names its members, which change unseen."""
    if data[:8] != THIN_MAGIC:
        return data
    return data + b"".join(member.data for member in members(data, path))


def refuse_thin(data: bytes, path: Path) -> None:
    """No copy of a thin archive has the members in it."""
    if data[:8] == THIN_MAGIC:
        raise LinkguardError(path, "a thin archive: its members are files of their own, give those")


def members(data: bytes, path: Path) -> Iterator[Member]:
    """The members in the archive's order, without symbol index and name table."""
    if not is_archive(data):
        raise LinkguardError(path, "not an archive: it does not start with '!<arch>'")
    thin = data[:8] == THIN_MAGIC
    names = b""
    offset = len(MAGIC)
    while offset < len(data):
        header = data[offset : offset + HEADER_SIZE]
        raw_name, size = _header(header, offset, path)
        body = offset + HEADER_SIZE
        special = raw_name in ("/", "//", "/SYM64/")
        stored = special or not thin
        if stored and body + size > len(data):
            raise LinkguardError(
                path, f"truncated archive: the member at offset {offset} ends after the file"
            )
        if raw_name == "//":
            names = data[body : body + size]
        elif not special:
            name = _long_name(raw_name, names, path)
            yield Member(name, data[body : body + size] if stored else _thin_member(path, name))
        offset = body + (size + (size & 1) if stored else 0)


def _header(header: bytes, offset: int, path: Path) -> tuple[str, int]:
    if len(header) < HEADER_SIZE or header[58:60] != HEADER_END:
        raise LinkguardError(path, f"damaged archive: no member header at offset {offset}")
    try:
        return header[:16].decode("utf-8", "replace").rstrip(), int(header[48:58])
    except ValueError as error:
        raise LinkguardError(path, f"damaged archive: no size at offset {offset}") from error


def _long_name(raw: str, names: bytes, path: Path) -> str:
    if raw.startswith("/") and raw[1:].isdigit():
        start = int(raw[1:])
        end = names.find(b"\n", start)
        if start >= len(names) or end < 0:
            raise LinkguardError(path, f"damaged archive: no long name at {start}")
        raw = names[start:end].decode("utf-8", "replace")
    return raw[:-1] if raw.endswith("/") else raw


def _thin_member(path: Path, name: str) -> bytes:
    file = path.parent / name
    try:
        return file.read_bytes()
    except OSError as error:
        raise LinkguardError(
            path, f"thin archive: cannot read '{name}': {reason(error)}"
        ) from error

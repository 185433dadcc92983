"""Writing files whole or not at all, with the one error message for a place that takes none."""

from __future__ import annotations

from pathlib import Path

from linkguard import atomic
from linkguard.errors import LinkguardError, reason


def write_atomically(path: Path, data: bytes, executable: bool = False) -> None:
    """Write a file beside its place and move it there; directories are made as needed."""
    try:
        atomic.write(str(path), data, executable)
    except OSError as error:
        raise LinkguardError(path, f"cannot write it: {reason(error)}") from error


def write_text(path: Path, text: str, executable: bool = False) -> None:
    """UTF-8; the bytes of paths that are none stay as they are."""
    write_atomically(path, text.encode("utf-8", "surrogateescape"), executable)


def write_if_changed(path: Path, text: str) -> None:
    """For what links depend on: a new time stamp on the same content would link them all anew."""
    try:
        same = path.read_bytes() == text.encode("utf-8", "surrogateescape")
    except OSError:
        same = False
    if not same:
        write_text(path, text)


def remove(path: Path) -> None:
    """Remove a file that may be there."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise LinkguardError(path, f"cannot remove it: {reason(error)}") from error

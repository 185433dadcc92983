"""A file that is there whole or not at all. Imports nothing: see summarycache.py."""

from __future__ import annotations

import os


def write(place: str, data: bytes, executable: bool = False) -> None:
    """Write a file beside its place and move it there; directories are made as needed.

    Raises OSError, and leaves nothing behind then.
    """
    directory, name = os.path.split(place)
    temporary = os.path.join(directory, f".{name}.{os.urandom(6).hex()}")
    os.makedirs(directory or ".", exist_ok=True)
    try:
        with open(temporary, "xb") as file:
            file.write(data)
        os.chmod(temporary, 0o755 if executable else 0o644)
        os.replace(temporary, place)
    except BaseException:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise

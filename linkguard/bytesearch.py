"""Few names looked for in many bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

PART = 4  # bytes: names share parts, `allo` or `intf`, so that few need looking for


def occurring(names: Sequence[bytes], data: bytes) -> list[bytes]:
    """Those of the names that are in the data, whole or within a longer string."""
    parts = {name: [name[at : at + PART] for at in range(len(name) - PART + 1)] for name in names}
    shared = Counter(part for of_name in parts.values() for part in of_name)
    by_part: dict[bytes, list[bytes]] = {}
    for name, of_name in parts.items():
        part = max(of_name, key=lambda each: (shared[each], each), default=name)
        by_part.setdefault(part, []).append(name)
    likely = (name for part, some in by_part.items() if part in data for name in some)
    return [name for name in likely if name in data]


def places(data: bytes, pattern: bytes) -> Iterator[int]:
    """Where the pattern is, from the front."""
    at = data.find(pattern)
    while at >= 0:
        yield at
        at = data.find(pattern, at + 1)

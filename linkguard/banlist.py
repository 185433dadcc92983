"""The shipped ban list: presets by name (`banlist.toml`), the one source for both tools."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

SUPPORTED_VERSION = 1


class Preset(NamedTuple):
    """One family of functions that a policy bans by one name."""

    name: str
    summary: str
    functions: tuple[str, ...]
    includes: tuple[str, ...] = ()


class BanList(NamedTuple):
    """All presets, as the file writes them."""

    version: int
    presets: dict[str, Preset]

    def functions_of(self, name: str) -> tuple[str, ...]:
        """The functions of a preset and of those it includes, in the file's order."""
        found: dict[str, None] = {}
        seen: set[str] = set()
        todo = [name]
        while todo:
            preset = self.presets[todo.pop()]
            if preset.name in seen:
                continue
            seen.add(preset.name)
            found.update(dict.fromkeys(preset.functions))
            todo.extend(reversed(preset.includes))
        return tuple(found)


def parse(text: str) -> BanList:
    """Read the ban list. A mistake in it is a mistake in the package, hence `ValueError`."""
    table = tomllib.loads(text)
    version = table.pop("version", None)
    if version != SUPPORTED_VERSION:
        raise ValueError(f"ban list version {version!r}, expected {SUPPORTED_VERSION}")
    presets = {
        name: Preset(
            name=name,
            summary=str(entry["summary"]),
            functions=tuple(entry["functions"]),
            includes=tuple(entry.get("includes", ())),
        )
        for name, entry in table.items()
    }
    for preset in presets.values():
        for included in preset.includes:
            if included not in presets:
                raise ValueError(f"preset {preset.name!r} includes {included!r}, which is none")
    return BanList(version=version, presets=presets)


@cache
def shipped() -> BanList:
    """The ban list that comes with this package."""
    return parse(_text())


def digest() -> str:
    """The SHA-256 of the shipped ban list, for records."""
    import hashlib

    return hashlib.sha256(_text().encode("utf-8")).hexdigest()


def _text() -> str:
    return Path(__file__).with_name("banlist.toml").read_text("utf-8")

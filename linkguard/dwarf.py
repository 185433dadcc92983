"""Banned functions that were inlined: no symbol is left of them, DWARF still knows."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from elftools.common.exceptions import DWARFError, ELFError
from elftools.elf.elffile import ELFFile

from linkguard.elf import STT_FUNC, Elf
from linkguard.errors import LinkguardError
from linkguard.lines import Location
from linkguard.policy import Policy

INLINED = "DW_TAG_inlined_subroutine"
SUBPROGRAM = "DW_TAG_subprogram"


@dataclass(frozen=True, slots=True)
class Inlined:
    """One inlined instance: the function, the one it was inlined into, and where."""

    function: str
    caller: str
    location: Location


def has_debug_info(elf: Elf) -> bool:
    section = elf.section_named(".debug_info")
    return section is not None and section.size > 0


def inlined_instances(elf: Elf, policy: Policy) -> list[Inlined]:
    """Where banned functions were inlined into code that is in the image."""
    if not has_debug_info(elf) or not _may_name(elf, policy):
        return []
    try:
        info = ELFFile(io.BytesIO(elf.data)).get_dwarf_info()
        starts = {s.value & ~1 for s in elf.symbols if s.type == STT_FUNC and s.section}
        found = [
            instance
            for unit in info.iter_CUs()
            for instance in _in_unit(info, unit, policy, starts)
        ]
    except (DWARFError, ELFError, KeyError, ValueError, AttributeError, IndexError) as error:
        raise LinkguardError(
            elf.label, "the debug information cannot be read: link again, or strip it (strip -g)"
        ) from error
    return sorted(set(found), key=lambda i: (i.function, i.caller, i.location))


def _may_name(elf: Elf, policy: Policy) -> bool:
    """A quick no: none of the banned names is in the strings or among the entries."""
    if policy.ban.globs:
        return True
    for name in (".debug_str", ".debug_info"):
        section = elf.section_named(name)
        if section is None:
            continue
        data = elf.bytes_of(section)
        if section.flags & 0x800 or any(n.encode() + b"\0" in data for n in policy.ban.exact):
            return True  # 0x800: compressed, so it cannot be searched
    return False


def _in_unit(info: Any, unit: Any, policy: Policy, starts: set[int]) -> Iterator[Inlined]:
    enclosing: Any = None
    for entry in unit.iter_DIEs():
        if entry.tag == SUBPROGRAM and entry.attributes.get("DW_AT_low_pc"):
            enclosing = entry
        if entry.tag != INLINED or enclosing is None:
            continue
        function = _banned_origin(entry, policy)
        low = enclosing.attributes["DW_AT_low_pc"].value & ~1
        # A collected function's entry stays, at an address where no function starts.
        if function and low in starts:
            yield Inlined(function, _name(enclosing) or "?", _call_place(info, unit, entry))


def _banned_origin(entry: Any, policy: Policy) -> str | None:
    if "DW_AT_abstract_origin" not in entry.attributes:
        return None
    name = _name(entry.get_DIE_from_attribute("DW_AT_abstract_origin"))
    return name if name and policy.bans(name) else None


def _name(entry: Any) -> str | None:
    """The linkage name, or the name, of a function or of what it is an instance of."""
    for _ in range(4):
        for key in ("DW_AT_linkage_name", "DW_AT_name"):
            if key in entry.attributes:
                return str(entry.attributes[key].value.decode("utf-8", "replace"))
        for key in ("DW_AT_abstract_origin", "DW_AT_specification"):
            if key in entry.attributes:
                entry = entry.get_DIE_from_attribute(key)
                break
        else:
            return None
    return None


def _call_place(info: Any, unit: Any, entry: Any) -> Location:
    attributes = entry.attributes
    if "DW_AT_call_file" not in attributes:
        return Location()
    program = info.line_program_for_CU(unit)
    files = program["file_entry"]
    index = attributes["DW_AT_call_file"].value - (0 if program["version"] >= 5 else 1)
    if not 0 <= index < len(files):
        return Location()
    line = attributes["DW_AT_call_line"].value if "DW_AT_call_line" in attributes else 0
    column = attributes["DW_AT_call_column"].value if "DW_AT_call_column" in attributes else 0
    return Location(files[index].name.decode("utf-8", "replace"), line, column)

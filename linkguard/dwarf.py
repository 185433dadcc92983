"""What only the debug information knows: inlined functions, and where variables are declared."""

from __future__ import annotations

import io
import posixpath
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct import ConstructError
from elftools.dwarf.descriptions import describe_form_class
from elftools.elf.elffile import ELFFile

from linkguard.dwarfnames import Names, has_debug_info, must_read_all
from linkguard.elf import STT_FUNC, Elf
from linkguard.errors import LinkguardError
from linkguard.location import Location
from linkguard.policy import Policy, base_name

INLINED = "DW_TAG_inlined_subroutine"
SUBPROGRAM = "DW_TAG_subprogram"
VARIABLE = "DW_TAG_variable"
CALLS = ("DW_TAG_call_site", "DW_TAG_GNU_call_site")
CALLED = ("DW_AT_call_origin", "DW_AT_abstract_origin")
DW_OP_ADDR, DW_OP_ADDRX = 0x03, 0xA1
# What the library raises for damaged input, its own exceptions and Python's.
DAMAGED = (
    DWARFError,
    ELFError,
    ConstructError,
    struct.error,
    KeyError,
    ValueError,
    AttributeError,
    IndexError,
    TypeError,
    AssertionError,
    NotImplementedError,
)


class Inlined(NamedTuple):
    """One inlined instance: the function, the one it was inlined into, and where."""

    function: str
    caller: str
    location: Location


def inlined_instances(elf: Elf, policy: Policy) -> list[Inlined]:
    """Where banned functions were inlined into code that is in the image."""
    with _reporting_damage(elf):
        units = _units(elf, policy)
        return _live(elf, (item for unit in units for item in _in_unit(*unit, policy)))


def calls_to_nothing(elf: Elf, policy: Policy) -> list[Inlined]:
    """Calls of banned functions that the image does not have, in code that it has.

    So ends a weak reference: the linker makes it 0 and the call a nop, and GNU ld leaves no other
    trace in a static image. Compilers note calls when they optimise.
    """
    table = elf.some_symbols
    if table is None:
        return []
    here = {base_name(name) for name in table.banned_names(policy)}
    with _reporting_damage(elf):
        units = _units(elf, policy)
        calls = _live(elf, (item for unit in units for item in _calls_in_unit(*unit, policy)))
    return [call for call in calls if call.function not in here]


@contextmanager
def _reporting_damage(elf: Elf) -> Iterator[None]:
    try:
        yield
    except DAMAGED as error:
        raise LinkguardError(
            elf.label, "the debug information cannot be read: link again, or strip it (strip -g)"
        ) from error


def _live(elf: Elf, found: Iterable[tuple[int, Inlined]]) -> list[Inlined]:
    """Those in functions that the linker kept.

    A collected function's entry stays, at an address where no function starts.
    """
    instances = set(found)
    table = elf.some_symbols
    here = table.at({low & ~1 for low, _ in instances}) if table else []
    starts = {s.value & ~1 for s in here if s.type == STT_FUNC and s.section}
    kept = {instance for low, instance in instances if low & ~1 in starts}
    return sorted(kept, key=lambda i: (i.function, i.caller, i.location))


def _units(elf: Elf, policy: Policy) -> Iterator[tuple[Any, Any]]:
    """The units that may be about banned functions, each with the debug information."""
    if not has_debug_info(elf):
        return
    if must_read_all(elf, policy.ban):
        info = open_info(elf)
        yield from ((info, unit) for unit in info.iter_CUs())
        return
    names = Names(elf)
    todo, indexed = names.units_naming(policy.ban.exact)
    if not todo and not indexed:
        return
    info = open_info(elf)
    todo |= _by_string_number(info, indexed)
    seen: set[int] = set()
    while todo:
        entries = []
        for start in sorted(todo):
            unit = info.get_CU_at(start)
            entries += [entry.offset for entry in unit.iter_DIEs() if _is_about(entry, policy)]
            yield info, unit
        seen |= todo
        todo = names.units_referring(entries) - seen  # link-time optimisation refers across units


def _by_string_number(info: Any, places: set[int]) -> set[int]:
    """The units whose part of the table of string offsets a place lies in."""
    if not places:
        return set()
    bases = []
    for unit in info.iter_CUs():
        attributes = unit.get_top_DIE().attributes
        if "DW_AT_str_offsets_base" in attributes:
            bases.append((attributes["DW_AT_str_offsets_base"].value, unit.cu_offset))
    bases.sort()
    indices = (bisect_right(bases, place, key=lambda entry: entry[0]) - 1 for place in places)
    return {start for i in indices if i >= 0 for base, start in bases if base == bases[i][0]}


def _is_about(entry: Any, policy: Policy) -> bool:
    return entry.tag == SUBPROGRAM and (name := _name(entry)) is not None and policy.bans(name)


def open_info(elf: Elf) -> Any:
    """An image's relocations, when it has kept them, are applied already."""
    file = ELFFile(io.BytesIO(elf.data))
    return file.get_dwarf_info(relocate_dwarf_sections=elf.is_object)


def _in_unit(info: Any, unit: Any, policy: Policy) -> Iterator[tuple[int, Inlined]]:
    """The instances in a unit, each with the address of the function that it was inlined into."""
    for low, enclosing, entry in _entries(info, unit, (INLINED,)):
        function = _origin_name(entry)
        if function and policy.bans(function):
            yield (
                low,
                Inlined(function, _name(enclosing) or "?", place_of(info, unit, entry, "call")),
            )


def _calls_in_unit(info: Any, unit: Any, policy: Policy) -> Iterator[tuple[int, Inlined]]:
    for low, enclosing, entry in _entries(info, unit, CALLS):
        key = next((key for key in CALLED if key in entry.attributes), None)
        function = _name(entry.get_DIE_from_attribute(key)) if key else None
        if function and policy.bans(function):
            place = place_of(info, unit, enclosing, "decl")
            yield low, Inlined(function, _name(enclosing) or "?", place)


def _entries(info: Any, unit: Any, tags: tuple[str, ...]) -> Iterator[tuple[int, Any, Any]]:
    """The entries with these tags, each with the function around it and that one's address."""
    enclosing: Any = None
    low = -1
    for entry in unit.iter_DIEs():
        if entry.tag == SUBPROGRAM:
            low = next((low for low, _ in ranges_of(info, unit, entry)), -1)
            enclosing = entry
        elif entry.tag in tags:
            yield low, enclosing, entry


def ranges_of(info: Any, unit: Any, entry: Any) -> list[tuple[int, int]]:
    """The address ranges of an entry's code."""
    attributes = entry.attributes
    if "DW_AT_high_pc" in attributes and "DW_AT_low_pc" in attributes:
        low = attributes["DW_AT_low_pc"].value
        high = attributes["DW_AT_high_pc"]
        if describe_form_class(high.form) == "address":
            return [(low, high.value)]
        return [(low, low + high.value)]
    if "DW_AT_ranges" not in attributes:
        return []
    top = unit.get_top_DIE().attributes
    base = top["DW_AT_low_pc"].value if "DW_AT_low_pc" in top else 0
    found: list[tuple[int, int]] = []
    lists = info.range_lists().get_range_list_at_offset(attributes["DW_AT_ranges"].value, cu=unit)
    for item in lists:
        if hasattr(item, "base_address"):
            base = item.base_address
        elif getattr(item, "is_absolute", False):
            found.append((item.begin_offset, item.end_offset))
        else:
            found.append((base + item.begin_offset, base + item.end_offset))
    return found


def inlined_ranges(info: Any, unit: Any) -> Iterator[tuple[int, int, str]]:
    for entry in unit.iter_DIEs():
        if entry.tag == INLINED and (name := _origin_name(entry)):
            for low, high in ranges_of(info, unit, entry):
                yield low, high, name


def _origin_name(entry: Any) -> str | None:
    if "DW_AT_abstract_origin" not in entry.attributes:
        return None
    return _name(entry.get_DIE_from_attribute("DW_AT_abstract_origin"))


def _name(entry: Any) -> str | None:
    """The linkage name, or the name, of a function or of what it is an instance of."""
    for _ in range(4):
        for key in ("DW_AT_linkage_name", "DW_AT_name"):
            if key in entry.attributes:
                return str(entry.attributes[key].value.decode("utf-8", "replace"))
        following = _more_general(entry)
        if following is None:
            return None
        entry = following
    return None


def _more_general(entry: Any) -> Any:
    for key in ("DW_AT_abstract_origin", "DW_AT_specification"):
        if key in entry.attributes:
            return entry.get_DIE_from_attribute(key)
    return None


def declaration_of(entry: Any) -> Any:
    return entry if "DW_AT_decl_line" in entry.attributes else _more_general(entry) or entry


def static_address(info: Any, entry: Any) -> int | None:
    """The fixed address of a variable; None for a register, the stack or thread-local memory."""
    location = entry.attributes.get("DW_AT_location")
    if location is None or not isinstance(location.value, list) or not location.value:
        return None
    operation, *operand = location.value
    if operation == DW_OP_ADDR and len(operand) in (4, 8):
        return int.from_bytes(bytes(operand), "little")
    if operation == DW_OP_ADDRX and operand and all(byte & 0x80 for byte in operand[:-1]):
        index = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(operand))
        return int(info.get_addr(entry.cu, index))
    return None


def place_of(info: Any, unit: Any, entry: Any, kind: str) -> Location:
    """The place in DW_AT_call_* or DW_AT_decl_*."""
    attributes = entry.attributes
    if f"DW_AT_{kind}_file" not in attributes:
        return Location()
    values = {
        what: attributes[f"DW_AT_{kind}_{what}"].value
        for what in ("file", "line", "column")
        if f"DW_AT_{kind}_{what}" in attributes
    }
    program = info.line_program_for_CU(unit)
    if program is None:
        return Location()
    old = program["version"] < 5
    files = program["file_entry"]
    index = values["file"] - old
    if not 0 <= index < len(files):
        return Location()
    directories = [b"", *program["include_directory"][0 if old else 1 :]]
    directory = files[index].dir_index
    base = directories[directory] if directory < len(directories) else b""
    path = posixpath.join(base, files[index].name).decode("utf-8", "replace")
    path = posixpath.normpath(path) if base else path
    return Location(path, values.get("line", 0), values.get("column", 0))

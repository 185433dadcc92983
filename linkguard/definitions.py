"""Banned functions that are in an image: by name, with every other name of their addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from linkguard import elf as elf_format
from linkguard.elf import Elf
from linkguard.findings import BANNED_SYMBOL, UNPROVEN, Finding, Note, Why
from linkguard.location import Location, shown
from linkguard.policy import Policy, base_name
from linkguard.symboltable import Symbol

if TYPE_CHECKING:
    from linkguard.lines import LineTable


def lack_of_names(elf: Elf) -> str:
    """Why names say nothing of this image, or ''.

    A strip that keeps a few of them leaves no local one, which a link does even with -x, and most
    of the code without any. All assembly without sizes looks the same, and is not clean either.
    """
    if elf.some_symbols is None:
        return "no symbol table"
    if elf.some_symbols.has_local_names:
        return ""
    code = sum(section.size for section in elf.sections if section.is_code)
    named = {s.value & ~1: s.size for s in elf.symbols if is_defined_code(elf, s)}
    return "most of its code has no name" if sum(named.values()) < code / 2 else ""


def banned_definitions(elf: Elf, policy: Policy, exempted: frozenset[str]) -> Iterator[Finding]:
    """Banned functions that are in the image, with every other name of their addresses."""
    table = elf.some_symbols
    assert table is not None
    banned_ones = table.named(table.banned_names(policy))
    addresses = {s.value & ~1 for s in banned_ones if is_defined_code(elf, s)}
    by_address: dict[int, list[Symbol]] = {}
    for symbol in table.at(addresses):
        if is_defined_code(elf, symbol):
            by_address.setdefault(symbol.value & ~1, []).append(symbol)
    lines: LineTable | None = None
    static_glibc = bool(addresses) and _is_static_glibc(elf)
    for address, symbols in sorted(by_address.items()):
        names = sorted({symbol.name for symbol in symbols})
        banned = [name for name in names if policy.bans(name)]
        if not banned:
            continue
        lines = lines or _line_table(elf)
        others = [name for name in names if name != banned[0]]
        place = lines.at(address) if lines else Location()
        notes = [Note(shown(place) if place else Location(elf.label), _where(address, others))]
        rule, text = unless_excepted(
            policy, bool(exempted.intersection(banned)), f"'{banned[0]}' survives"
        )
        notes.append(Note(Location(elf.label), _remedy(static_glibc, rule), Why.REMEDY))
        yield Finding(rule, Location(elf.label), text, tuple(notes), base_name(banned[0]))


def unless_excepted(policy: Policy, exempted: bool, text: str) -> tuple[str, str]:
    """The rule and the words for a survivor: with exceptions, only its callers could tell."""
    if exempted:
        words = "whether only exempted objects call it takes --emit-relocs and --map, or the shim"
        return UNPROVEN, f"{text}: {words}"
    if not policy.has_exceptions:
        return BANNED_SYMBOL, text
    words = "whether only allowed callers reach it takes --emit-relocs, or 'linkguard explain'"
    return UNPROVEN, f"{text}: {words}"


def is_defined_code(elf: Elf, symbol: Symbol) -> bool:
    if symbol.type in (elf_format.STT_OBJECT, elf_format.STT_SECTION, elf_format.STT_FILE):
        return False
    function = symbol.type in (elf_format.STT_FUNC, elf_format.STT_IFUNC)
    if symbol.section == elf_format.SHN_ABS:  # a function in ROM
        return function or symbol.value != 0
    if function:  # in RAM, code need not be in a section that says so
        return symbol.section != elf_format.SHN_UNDEF
    if symbol.name.startswith("$"):
        return False
    return 0 < symbol.section < len(elf.sections) and elf.sections[symbol.section].is_code


def _where(address: int, others: list[str]) -> str:
    also = ", also named " + ", ".join(f"'{name}'" for name in others) if others else ""
    return f"defined here, at {address:#x}{also}"


def _remedy(static_glibc: bool, rule: str) -> str:
    if static_glibc:
        return (
            "a static glibc always contains its allocator, for its own start-up: "
            "verify says nothing about your objects here, the link flags do"
        )
    if rule == UNPROVEN:  # the flags refuse nothing that an exception may need
        return "ask 'linkguard explain' who keeps it, or link as said and verify that image"
    return "ask 'linkguard explain' who keeps it, and link with the flags of 'linkguard flags'"


def _line_table(elf: Elf) -> LineTable | None:
    from linkguard.code import SUPPORTED, Layout
    from linkguard.lines import LineTable

    if elf.machine not in SUPPORTED or elf.order != "<":
        return None
    return LineTable(Layout(elf))


def _is_static_glibc(elf: Elf) -> bool:
    start = elf.some_symbols.named(["__libc_start_main"]) if elf.some_symbols else []
    return any(symbol.section != elf_format.SHN_UNDEF for symbol in start)

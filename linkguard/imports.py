"""What an image asks of shared libraries."""

from __future__ import annotations

from collections.abc import Iterator

from linkguard import elf as elf_format
from linkguard.definitions import unless_excepted
from linkguard.elf import Elf
from linkguard.findings import Finding, Note, Why
from linkguard.location import Location
from linkguard.policy import Policy, base_name


def is_dynamic(elf: Elf) -> bool:
    return any(section.type == elf_format.SHT_DYNAMIC for section in elf.sections)


def banned_imports(elf: Elf, policy: Policy, exempted: frozenset[str]) -> Iterator[Finding]:
    banned = {
        base_name(symbol.name)
        for symbol in elf.dynamic_symbols
        if symbol.section == elf_format.SHN_UNDEF and policy.bans(symbol.name)
    }
    for name in sorted(banned & used_imports(elf) if banned else banned):
        words = "ask 'linkguard explain' who refers to it"
        note = Note(Location(elf.label), words, Why.REMEDY)
        said = f"'{name}' survives: it is imported from a shared library"
        rule, text = unless_excepted(policy, name in exempted, said)
        yield Finding(rule, Location(elf.label), text, (note,), name)


def used_imports(elf: Elf) -> set[str]:
    """The names that dynamic relocations ask of shared libraries."""
    symbols = elf.dynamic_symbols
    used = [symbols[index] for index in elf.dynamic_references]
    return {base_name(s.name) for s in used if s.section == elf_format.SHN_UNDEF}


def that_may_allocate(elf: Elf) -> Iterator[str]:
    """For glibc, whose functions are known: which of the imported ones allocate."""
    strings = elf.section_named(".dynstr")
    if strings is None or b"GLIBC_2." not in elf.bytes_of(strings):
        return
    from linkguard import mayallocatetable

    table = mayallocatetable.shipped()["glibc"]
    names = {base_name(s.name) for s in elf.dynamic_symbols if s.section == elf_format.SHN_UNDEF}
    may = "may allocate, through a pointer,"
    for known, verb in ((table.allocates, "may allocate"), (table.through_pointers, may)):
        if used := sorted(names.intersection(known)):
            shown_names = ", ".join(f"'{name}'" for name in used[:10])
            more = f" and {len(used) - 10} more" if len(used) > 10 else ""
            yield f"glibc {verb} inside {shown_names}{more}, imported here"

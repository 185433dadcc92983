"""References that the guard renamed and that the link let through, and the traces of weak ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from linkguard import definedmark, dwarfnames
from linkguard import elf as elf_format
from linkguard.elf import Elf
from linkguard.findings import BANNED_SYMBOL, Finding, Note, Why
from linkguard.imports import is_dynamic, used_imports
from linkguard.location import Location, shown
from linkguard.policy import WRAP, Policy, base_name

BECAME_ZERO = "'{}' is still referred to: a weak reference became address 0"
CALLS_ZERO = "remove the weak reference to '{}', calling it would jump to 0"


def renamed_references(elf: Elf, policy: Policy) -> Iterator[Finding]:
    """References that the guard renamed and that the link let through."""
    listed, used = _renamed(elf, policy)
    for name, defined in sorted(listed.items()):
        function = name[len(WRAP) :]
        if defined:
            text = f"'{name}' is defined: references to '{function}' went there unseen"
            remedy = f"remove the definition of '{name}', the guard needs it undefined"
        elif name in used:
            text, remedy = BECAME_ZERO.format(function), CALLS_ZERO.format(function)
        else:
            continue
        note = Note(Location(elf.label), remedy, Why.REMEDY)
        yield Finding(BANNED_SYMBOL, Location(elf.label), text, (note,), function)


def _renamed(elf: Elf, policy: Policy) -> tuple[dict[str, bool], set[str]]:
    """The names that the guard made: whether each is defined; and those that code really uses.

    A static image lists no other, but where relocations were kept (--emit-relocs) also what only
    the debug information names. In a program with shared libraries mold and gold also list what
    only collected code referred to. Code that is kept goes through a dynamic relocation there, or,
    where mold has settled a weak one as 0, through an entry that it names `NAME$got` or `NAME$plt`.
    """
    listed: dict[str, bool] = {}
    used: set[str] = set()
    symbols = elf.some_symbols.starting_with(WRAP.encode()) if elf.some_symbols else []
    for symbol in [*symbols, *elf.dynamic_symbols]:
        name = base_name(symbol.name)
        entry = name.partition("$")[0]
        if not name.startswith(WRAP) or entry[len(WRAP) :] not in policy.ban:
            continue
        if entry != name:
            used.add(entry)
        else:
            defined = symbol.section != elf_format.SHN_UNDEF
            listed[name] = listed.get(name, False) or defined
    if listed and not is_dynamic(elf):
        return listed, _related(elf, listed) if elf.relocation_sections else set(listed)
    return listed, used | (used_imports(elf) if listed else set())


def _related(elf: Elf, names: Iterable[str]) -> set[str]:
    """Those of the names that a relocation of what is loaded names."""
    table = elf.some_symbols
    assert table is not None
    wanted = {index: base_name(table[index].name) for index in table.indices(names)}
    found: set[str] = set()
    for number in elf.relocation_sections:
        section = elf.sections[number]
        if section.flags & elf_format.SHF_ALLOC:
            entries = elf.relocation_columns(section)
            found.update(wanted[s] for s in wanted.keys() & set(entries.symbols))
    return found


class WeakCalls(NamedTuple):
    """What became of weak references that GNU ld made 0 without a trace of their names."""

    findings: tuple[Finding, ...] = ()
    limits: tuple[str, ...] = ()
    suspects: frozenset[str] = frozenset()  # only the relocations of the link could tell


def weak_calls(elf: Elf, policy: Policy) -> WeakCalls:
    """In a static image a weak reference to what is not there leaves at most a noted call.

    It is a miss of the guard where the link has a definition, and the guard's mark says so.
    """
    if is_dynamic(elf):
        return WeakCalls()
    collected = _collected(elf, policy)
    findings: list[Finding] = []
    limits: list[str] = []
    if dwarfnames.may_be_about(elf, policy.ban):
        from linkguard import dwarf

        for call in dwarf.calls_to_nothing(elf, policy):
            said = f"'{call.caller}' calls '{call.function}', which the image does not have"
            if call.function not in collected:
                limits.append(f"{said}: a weak reference is 0 there")
                continue
            place = call.location or Location(elf.label)
            text = BECAME_ZERO.format(call.function)
            defined = f"{said}: the guard made it 0, the definition in this link was collected"
            notes = (
                Note(shown(place), defined),
                Note(Location(elf.label), CALLS_ZERO.format(call.function), Why.REMEDY),
            )
            findings.append(Finding(BANNED_SYMBOL, shown(place), text, notes, call.function))
    suspects = collected - {finding.subject for finding in findings}
    if elf.relocation_sections:
        suspects = frozenset()  # they have told
    if suspects:
        names = ", ".join(f"'{name}'" for name in sorted(suspects))
        limits.append(
            f"{names}: defined in this link, and collected; whether a weak reference to it became "
            "0 takes --emit-relocs, or the shim"
        )
    return WeakCalls(tuple(findings), tuple(limits), suspects)


def _collected(elf: Elf, policy: Policy) -> frozenset[str]:
    """The banned functions that the link defines, and that are not in the image."""
    defined = definedmark.read(elf, policy.ban.exact)
    table = elf.some_symbols
    if not defined or table is None:
        return frozenset()
    return defined - {base_name(name) for name in table.banned_names(policy)}

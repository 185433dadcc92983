"""What the linker's refusal cannot see, read from the linked image itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from linkguard import dwarf
from linkguard import elf as elf_format
from linkguard.code import SUPPORTED, Layout
from linkguard.elf import Elf, Symbol
from linkguard.errors import LinkguardError
from linkguard.findings import BANNED_SYMBOL, UNPROVEN, Finding, Note
from linkguard.guardfiles import WRAP
from linkguard.lines import LineTable, Location
from linkguard.policy import Policy, base_name


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, and what could not be looked at."""

    findings: tuple[Finding, ...]
    limits: tuple[str, ...]


def verify(elf: Elf, policy: Policy) -> Verdict:
    """Look for banned functions in an image: defined, imported, inlined, or left as a zero."""
    if elf.is_object:
        raise LinkguardError(elf.label, "an object file: give the linked image")
    if not elf.symbols:
        raise LinkguardError(
            elf.label,
            "no symbol table: the image was stripped, verify it before strip or link it without -s",
        )
    findings = [
        *_definitions(elf, policy),
        *_imports(elf, policy),
        *without_reference(elf, policy),
    ]
    return Verdict(tuple(findings), tuple(_limits(elf)))


def without_reference(elf: Elf, policy: Policy) -> list[Finding]:
    """What no chain can show, since nothing in the image refers to it any more."""
    return [*_leftovers(elf, policy), *_inlined(elf, policy)]


def _definitions(elf: Elf, policy: Policy) -> Iterator[Finding]:
    """Banned functions that are in the image, with every other name of their addresses."""
    by_address: dict[int, list[Symbol]] = {}
    for symbol in elf.symbols:
        if _is_defined_code(elf, symbol):
            by_address.setdefault(symbol.value & ~1, []).append(symbol)
    lines: LineTable | None = None
    static_glibc = _is_static_glibc(elf)
    for address, symbols in sorted(by_address.items()):
        names = sorted({symbol.name for symbol in symbols})
        banned = [name for name in names if policy.bans(name)]
        if not banned:
            continue
        lines = lines or _line_table(elf)
        others = [name for name in names if name != banned[0]]
        notes = [Note(lines.at(address) if lines else Location(elf.label), _where(address, others))]
        notes.append(Note(Location(elf.label), _remedy(static_glibc)))
        rule, text = BANNED_SYMBOL, f"'{banned[0]}' survives"
        if policy.has_exceptions:
            rule = UNPROVEN
            text += ": whether only allowed callers reach it takes 'linkguard explain'"
        yield Finding(rule, Location(elf.label), text, tuple(notes), base_name(banned[0]))


def _is_defined_code(elf: Elf, symbol: Symbol) -> bool:
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


def _remedy(static_glibc: bool) -> str:
    if static_glibc:
        return (
            "a static glibc always contains its allocator, for its own start-up: "
            "verify says nothing about your objects here, the link flags do"
        )
    return "ask 'linkguard explain' who keeps it, and link with the flags of 'linkguard flags'"


def _line_table(elf: Elf) -> LineTable | None:
    if elf.machine not in SUPPORTED or elf.order != "<":
        return None
    return LineTable(Layout(elf))


def _leftovers(elf: Elf, policy: Policy) -> Iterator[Finding]:
    """References that the guard renamed and that the link let through."""
    listed, used = _renamed(elf, policy)
    for name, defined in sorted(listed.items()):
        function = name[len(WRAP) :]
        if defined:
            text = f"'{name}' is defined: references to '{function}' went there unseen"
            remedy = f"remove the definition of '{name}', the guard needs it undefined"
        elif name in used:
            text = f"'{function}' is still referred to: a weak reference became address 0"
            remedy = f"remove the weak reference to '{function}', calling it would jump to 0"
        else:
            continue
        note = Note(Location(elf.label), remedy)
        yield Finding(BANNED_SYMBOL, Location(elf.label), text, (note,), function)


def _renamed(elf: Elf, policy: Policy) -> tuple[dict[str, bool], set[str]]:
    """The names that the guard made: whether each is defined; and those that code really uses.

    A static image lists no other. In a program with shared libraries mold and gold also list what
    only collected code referred to. Code that is kept goes through a dynamic relocation there, or,
    where mold has settled a weak one as 0, through an entry that it names `NAME$got` or `NAME$plt`.
    """
    listed: dict[str, bool] = {}
    used: set[str] = set()
    for symbol in [*elf.symbols, *elf.dynamic_symbols]:
        name = base_name(symbol.name)
        entry = name.partition("$")[0]
        if not name.startswith(WRAP) or entry[len(WRAP) :] not in policy.ban:
            continue
        if entry != name:
            used.add(entry)
        else:
            defined = symbol.section != elf_format.SHN_UNDEF
            listed[name] = listed.get(name, False) or defined
    if listed and not _is_dynamic(elf):
        return listed, set(listed)
    return listed, used | (_used_imports(elf) if listed else set())


def _used_imports(elf: Elf) -> set[str]:
    """The names that dynamic relocations ask of shared libraries."""
    symbols = elf.dynamic_symbols
    used = [symbols[index] for index in elf.dynamic_references]
    return {base_name(s.name) for s in used if s.section == elf_format.SHN_UNDEF}


def _imports(elf: Elf, policy: Policy) -> Iterator[Finding]:
    banned = {
        base_name(symbol.name)
        for symbol in elf.dynamic_symbols
        if symbol.section == elf_format.SHN_UNDEF and policy.bans(symbol.name)
    }
    for name in sorted(banned & _used_imports(elf) if banned else banned):
        note = Note(Location(elf.label), "ask 'linkguard explain' who refers to it")
        text = f"'{name}' survives: it is imported from a shared library"
        yield Finding(BANNED_SYMBOL, Location(elf.label), text, (note,), name)


def _inlined(elf: Elf, policy: Policy) -> Iterator[Finding]:
    for instance in dwarf.inlined_instances(elf, policy):
        caller = base_name(instance.caller)
        if caller in policy.init or policy.allows(caller, instance.function):
            continue
        place = instance.location or Location(elf.label)
        text = f"'{instance.function}' survives: it was inlined into '{instance.caller}'"
        remedy = f"remove the call, or compile the file of '{instance.function}' with -fno-lto"
        note = Note(Location(elf.label), remedy + " so that the linker can refuse it")
        yield Finding(BANNED_SYMBOL, place, text, (note,), instance.function)


def _is_static_glibc(elf: Elf) -> bool:
    return any(
        symbol.name == "__libc_start_main" and symbol.section != elf_format.SHN_UNDEF
        for symbol in elf.symbols
    )


def _is_dynamic(elf: Elf) -> bool:
    return any(section.type == elf_format.SHT_DYNAMIC for section in elf.sections)


def _limits(elf: Elf) -> Iterator[str]:
    if not dwarf.has_debug_info(elf):
        yield "no debug information: a banned function that was inlined cannot be seen"
    if _is_dynamic(elf):
        yield "linked with shared libraries: what they allocate inside themselves is not checked"

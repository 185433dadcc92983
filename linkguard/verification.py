"""What the linker's refusal cannot see, read from the linked image itself.

Every link waits for this, and nearly every image is clean: so what only a finding or a policy with
exceptions needs is imported where it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from linkguard import dwarfnames
from linkguard import elf as elf_format
from linkguard.code import SUPPORTED, Layout
from linkguard.elf import Elf, Symbol
from linkguard.errors import LinkguardError
from linkguard.exemption import excused, exemptions_in
from linkguard.findings import BANNED_SYMBOL, UNPROVEN, Finding, Note, Report, Why, shown
from linkguard.guardfiles import WRAP
from linkguard.lines import LineTable, Location
from linkguard.linkmap import LinkMap
from linkguard.policy import Policy, base_name


def verify(elf: Elf, policy: Policy, linkmap: LinkMap | None = None) -> Report:
    """Look for banned functions in an image: defined, imported, inlined, or left as a zero.

    Whether only excepted callers reach one takes the relocations of the link (--emit-relocs); the
    map adds the names of objects.
    """
    if elf.is_object:
        raise LinkguardError(elf.label, "an object file: give the linked image")
    if lack := _lack_of_names(elf):
        if imported := tuple(_imports(elf, policy, excused(exemptions_in(elf)))):
            return Report(imported, ("stripped: only what it imports can be seen", *_limits(elf)))
        raise LinkguardError(
            elf.label,
            f"{lack}: the image was stripped, verify it before strip or link it without -s",
        )
    limits = (*_limits(elf), *_weak_calls(elf, policy))
    rest = without_reference(elf, policy)
    exemptions = exemptions_in(elf)
    # Which object a caller is from, only the map knows.
    by_path = linkmap is not None if exemptions else policy.has_exceptions
    if by_path and elf.relocation_sections:
        from linkguard.explanation import explain
        from linkguard.liveness import Image

        explained = explain(Image(elf, linkmap or LinkMap([])), policy)
        return Report((*explained.findings, *rest), (*explained.limits, *limits))
    names = excused(exemptions)
    found = (*_definitions(elf, policy, names), *_imports(elf, policy, names))
    said = (exemption.words for exemption in exemptions)
    return Report((*found, *rest, *_unused(elf, policy)), (*said, *limits))


def _unused(elf: Elf, policy: Policy) -> list[Finding]:
    if not policy.has_exceptions:
        return []
    from linkguard import pathrule

    return pathrule.unused(elf, policy)


def _lack_of_names(elf: Elf) -> str:
    """Why names say nothing of this image, or ''.

    A strip that keeps a few of them leaves no local one, which a link does even with -x, and most
    of the code without any. All assembly without sizes looks the same, and is not clean either.
    """
    if elf.some_symbols is None:
        return "no symbol table"
    if elf.some_symbols.has_local_names:
        return ""
    code = sum(section.size for section in elf.sections if section.is_code)
    named = {s.value & ~1: s.size for s in elf.symbols if _is_defined_code(elf, s)}
    return "most of its code has no name" if sum(named.values()) < code / 2 else ""


def without_reference(elf: Elf, policy: Policy) -> list[Finding]:
    """What no chain can show, since nothing in the image refers to it any more."""
    return [*_leftovers(elf, policy), *_inlined(elf, policy)]


def _definitions(elf: Elf, policy: Policy, exempted: frozenset[str]) -> Iterator[Finding]:
    """Banned functions that are in the image, with every other name of their addresses."""
    table = elf.some_symbols
    assert table is not None
    banned_ones = table.named(table.banned_names(policy))
    addresses = {s.value & ~1 for s in banned_ones if _is_defined_code(elf, s)}
    by_address: dict[int, list[Symbol]] = {}
    for symbol in table.at(addresses):
        if _is_defined_code(elf, symbol):
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
        rule, text = _unless_excepted(
            policy, bool(exempted.intersection(banned)), f"'{banned[0]}' survives"
        )
        notes.append(Note(Location(elf.label), _remedy(static_glibc, rule), Why.REMEDY))
        yield Finding(rule, Location(elf.label), text, tuple(notes), base_name(banned[0]))


def _unless_excepted(policy: Policy, exempted: bool, text: str) -> tuple[str, str]:
    """The rule and the words for a survivor: with exceptions, only its callers could tell."""
    if exempted:
        words = "whether only exempted objects call it takes --emit-relocs and --map, or the shim"
        return UNPROVEN, f"{text}: {words}"
    if not policy.has_exceptions:
        return BANNED_SYMBOL, text
    words = "whether only allowed callers reach it takes --emit-relocs, or 'linkguard explain'"
    return UNPROVEN, f"{text}: {words}"


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
        note = Note(Location(elf.label), remedy, Why.REMEDY)
        yield Finding(BANNED_SYMBOL, Location(elf.label), text, (note,), function)


def _renamed(elf: Elf, policy: Policy) -> tuple[dict[str, bool], set[str]]:
    """The names that the guard made: whether each is defined; and those that code really uses.

    A static image lists no other. In a program with shared libraries mold and gold also list what
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
    if listed and not _is_dynamic(elf):
        return listed, set(listed)
    return listed, used | (_used_imports(elf) if listed else set())


def _used_imports(elf: Elf) -> set[str]:
    """The names that dynamic relocations ask of shared libraries."""
    symbols = elf.dynamic_symbols
    used = [symbols[index] for index in elf.dynamic_references]
    return {base_name(s.name) for s in used if s.section == elf_format.SHN_UNDEF}


def _imports(elf: Elf, policy: Policy, exempted: frozenset[str]) -> Iterator[Finding]:
    banned = {
        base_name(symbol.name)
        for symbol in elf.dynamic_symbols
        if symbol.section == elf_format.SHN_UNDEF and policy.bans(symbol.name)
    }
    for name in sorted(banned & _used_imports(elf) if banned else banned):
        words = "ask 'linkguard explain' who refers to it"
        note = Note(Location(elf.label), words, Why.REMEDY)
        said = f"'{name}' survives: it is imported from a shared library"
        rule, text = _unless_excepted(policy, name in exempted, said)
        yield Finding(rule, Location(elf.label), text, (note,), name)


def _inlined(elf: Elf, policy: Policy) -> Iterator[Finding]:
    if not dwarfnames.may_be_about(elf, policy.ban):
        return
    from linkguard import dwarf

    for instance in dwarf.inlined_instances(elf, policy):
        caller = base_name(instance.caller)
        if caller in policy.init or policy.allows(caller, instance.function):
            continue
        place = instance.location or Location(elf.label)
        text = f"'{instance.function}' survives: it was inlined into '{instance.caller}'"
        remedy = f"remove the call, or compile the file of '{instance.function}' with -fno-lto"
        remedy += " so that the linker can refuse it"
        note = Note(Location(elf.label), remedy, Why.REMEDY)
        yield Finding(BANNED_SYMBOL, shown(place), text, (note,), instance.function)


def _weak_calls(elf: Elf, policy: Policy) -> Iterator[str]:
    """In a static image a weak reference to what is not there leaves no trace but a noted call."""
    if _is_dynamic(elf) or not dwarfnames.may_be_about(elf, policy.ban):
        return
    from linkguard import dwarf

    for call in dwarf.calls_to_nothing(elf, policy):
        yield (
            f"'{call.caller}' calls '{call.function}', which the image does not have: a weak "
            "reference is 0 there, with the guard also where an allocator of your own is linked"
        )


def _is_static_glibc(elf: Elf) -> bool:
    start = elf.some_symbols.named(["__libc_start_main"]) if elf.some_symbols else []
    return any(symbol.section != elf_format.SHN_UNDEF for symbol in start)


def _is_dynamic(elf: Elf) -> bool:
    return any(section.type == elf_format.SHT_DYNAMIC for section in elf.sections)


def _limits(elf: Elf) -> Iterator[str]:
    if not dwarfnames.has_debug_info(elf):
        yield "no debug information: a banned function that was inlined cannot be seen"
    if _is_dynamic(elf):
        yield "linked with shared libraries: what they allocate inside themselves is not checked"
        yield from _imports_that_may_allocate(elf)


def _imports_that_may_allocate(elf: Elf) -> Iterator[str]:
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

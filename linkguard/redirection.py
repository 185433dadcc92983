"""Which names of a prebuilt library can be pointed at a reservation, and which cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from linkguard import banlist
from linkguard.elf import SHN_UNDEF, STB_LOCAL, Elf
from linkguard.errors import LinkguardError
from linkguard.findings import NOT_REDIRECTED, Finding, Note, Why
from linkguard.location import Location

# What WEIR_RESERVE_DEFINE(prefix) defines as prefix_NAME (runtime/include/weir/reserve.h).
SLOT_FUNCTIONS = (
    "malloc",
    "calloc",
    "realloc",
    "reallocarray",
    "aligned_alloc",
    "memalign",
    "posix_memalign",
    "strdup",
    "strndup",
    "malloc_usable_size",
    "free",
)
# The same functions under the names that C libraries' headers give them.
ALIASES = {"__strdup": "strdup", "__strndup": "strndup", "cfree": "free"}
# A library that defines one of these has an allocator of its own: its blocks are not malloc's.
ALLOCATOR = ("malloc", "calloc", "realloc", "free")


class Redirection(NamedTuple):
    """What is done with one library: old names and new, what cannot be done, what is left open."""

    names: dict[str, str]
    findings: tuple[Finding, ...]
    elsewhere: tuple[str, ...]  # other functions that it calls outside of itself


def target_of(name: str, prefix: str) -> str | None:
    """The slot's function for a name, or None."""
    function = ALIASES.get(name, name)
    return f"{prefix}_{function}" if function in SLOT_FUNCTIONS else None


def plan(objects: Sequence[Elf], prefix: str, leave: frozenset[str]) -> Redirection:
    """Judge a library by the symbols of its objects."""
    for member in objects:
        _refuse_intermediate_code(member)
    defined = {name for member in objects for name in _defined(member)}
    users: dict[str, list[Elf]] = {}
    for member in objects:
        for name in _undefined(member) - defined:
            users.setdefault(name, []).append(member)
    for name in sorted(defined):
        if name.startswith(f"{prefix}_") and name[len(prefix) + 1 :] in SLOT_FUNCTIONS:
            raise LinkguardError(
                objects[0].label, f"defines '{name}' already: choose another prefix"
            )
    names = {name: to for name in sorted(users) if (to := target_of(name, prefix)) is not None}
    findings = [*_own_allocators(objects, leave)]
    for name in sorted(set(users) - set(names) - leave):
        findings += [_out_of_reach(member, name) for member in users[name] if _preset_of(name)]
    kept = leave & set(names)
    names = {name: to for name, to in names.items() if name not in kept}
    elsewhere = tuple(name for name in sorted(users) if name not in names and not _preset_of(name))
    return Redirection(names, tuple(findings), elsewhere)


def _undefined(member: Elf) -> set[str]:
    found = {s.name for s in member.symbols if s.section == SHN_UNDEF and s.name}
    return found - {"_GLOBAL_OFFSET_TABLE_"}  # the linker's own


def _defined(member: Elf) -> set[str]:
    return {
        s.name for s in member.symbols if s.section != SHN_UNDEF and s.bind != STB_LOCAL and s.name
    }


def _preset_of(name: str) -> str | None:
    """The preset about memory that a name is in, if any; others ban what is none."""
    presets = banlist.shipped().presets.items()
    return next((p for p, e in presets if is_about_memory(p) and name in e.functions), None)


def is_about_memory(preset: str) -> bool:
    return preset.endswith("-heap") or preset == "sbrk"


def _own_allocators(objects: Sequence[Elf], leave: frozenset[str]) -> list[Finding]:
    return [
        Finding(
            NOT_REDIRECTED,
            Location(member.label),
            f"'{name}' is defined here: the library brings an allocator of its own",
            (_remedy(member, name),),
            name,
        )
        for member in objects
        for name in sorted(_defined(member) & set(ALLOCATOR) - leave)
    ]


def _out_of_reach(member: Elf, name: str) -> Finding:
    return Finding(
        NOT_REDIRECTED,
        Location(member.label),
        f"'{name}' (preset '{_preset_of(name)}') takes memory where it is defined, "
        "and no reservation has a function like it",
        (_remedy(member, name),),
        name,
    )


def _remedy(member: Elf, name: str) -> Note:
    return Note(
        Location(member.label),
        f"build it without '{name}', define that yourself, or accept it: --leave {name}",
        Why.REMEDY,
    )


def _refuse_intermediate_code(member: Elf) -> None:
    """Code that is yet to be compiled keeps its names whatever the symbol table says."""
    lto = (".gnu.lto_", ".llvm.lto")
    if any(section.name.startswith(lto) for section in member.sections):
        raise LinkguardError(
            member.label, "holds a compiler's intermediate code: build it without -flto"
        )

"""What the linker's refusal cannot see, read from the linked image itself.

Every link waits for this, and nearly every image is clean: so what only a finding or a policy with
exceptions needs is imported where it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from linkguard import dwarfnames, leftovers
from linkguard.definitions import banned_definitions, lack_of_names
from linkguard.elf import Elf
from linkguard.errors import LinkguardError
from linkguard.exemption import excused, exemptions_in
from linkguard.findings import BANNED_SYMBOL, Finding, Note, Report, Why
from linkguard.imports import banned_imports, is_dynamic, that_may_allocate
from linkguard.location import Location, shown
from linkguard.policy import Policy, base_name

if TYPE_CHECKING:
    from linkguard.linkmap import LinkMap


def verify(elf: Elf, policy: Policy, linkmap: LinkMap | None = None) -> Report:
    """Look for banned functions in an image: defined, imported, inlined, or left as a zero.

    Whether only excepted callers reach one takes the relocations of the link (--emit-relocs); the
    map adds the names of objects.
    """
    if elf.is_object:
        raise LinkguardError(elf.label, "an object file: give the linked image")
    if lack := lack_of_names(elf):
        if imported := tuple(banned_imports(elf, policy, excused(exemptions_in(elf)))):
            return Report(imported, ("stripped: only what it imports can be seen", *_limits(elf)))
        raise LinkguardError(
            elf.label,
            f"{lack}: the image was stripped, verify it before strip or link it without -s",
        )
    weak = leftovers.weak_calls(elf, policy)
    limits = (*_limits(elf), *weak.limits)
    rest = (*without_reference(elf, policy), *weak.findings)
    exemptions = exemptions_in(elf)
    # Which object a caller is from, only the map knows.
    by_path = linkmap is not None if exemptions else policy.has_exceptions
    if by_path and elf.relocation_sections:
        from linkguard.explanation import explain
        from linkguard.linkmap import LinkMap
        from linkguard.liveness import Image

        explained = explain(Image(elf, linkmap or LinkMap()), policy)
        return Report((*explained.findings, *rest), (*explained.limits, *limits))
    names = excused(exemptions)
    found = (*banned_definitions(elf, policy, names), *banned_imports(elf, policy, names))
    said = (exemption.words for exemption in exemptions)
    return Report((*found, *rest, *_unused(elf, policy)), (*said, *limits), weak.suspects)


def _unused(elf: Elf, policy: Policy) -> list[Finding]:
    if not policy.has_exceptions:
        return []
    from linkguard import pathrule

    return pathrule.unused(elf, policy)


def without_reference(elf: Elf, policy: Policy) -> list[Finding]:
    """What no chain can show, since nothing in the image refers to it any more."""
    return [*leftovers.renamed_references(elf, policy), *_inlined(elf, policy)]


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


def _limits(elf: Elf) -> Iterator[str]:
    if not dwarfnames.has_debug_info(elf):
        yield "no debug information: a banned function that was inlined cannot be seen"
    if is_dynamic(elf):
        yield "linked with shared libraries: what they allocate inside themselves is not checked"
        yield from that_may_allocate(elf)

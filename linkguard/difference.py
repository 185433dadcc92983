"""Two images of one program: which survivors, users and ways to them appeared or vanished."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from linkguard import verification
from linkguard.elf import Elf
from linkguard.errors import LinkguardError
from linkguard.explanation import explain
from linkguard.findings import BANNED_SYMBOL, UNPROVEN, Finding, Note
from linkguard.linkmap import LinkMap
from linkguard.liveness import Image
from linkguard.policy import Policy

Key = tuple[str, str]  # the banned function and its direct user, '' where there is none
DECODED_ONLY = (
    "no relocations (--emit-relocs): only branches in the code are followed, "
    "neither pointers nor other ways are compared"
)


class Difference(NamedTuple):
    appeared: tuple[Finding, ...]
    vanished: tuple[Finding, ...]
    limits: tuple[str, ...]


def compare(
    old: Elf, new: Elf, policy: Policy, old_map: LinkMap | None, new_map: LinkMap | None
) -> Difference:
    if old.machine != new.machine or old.is64 != new.is64:
        raise LinkguardError(
            new.label,
            f"code for {new.machine_name}, but '{old.label}' is for {old.machine_name}: "
            "give two images of one program",
        )
    before, after = _survivors(old, policy, old_map), _survivors(new, policy, new_map)
    appeared = [_as(finding, "appeared") for key, finding in after.items() if key not in before]
    vanished = [_as(finding, "vanished") for key, finding in before.items() if key not in after]
    limits = [f"{e.label}: {DECODED_ONLY}" for e in (old, new) if not e.relocation_sections]
    if not limits:
        for key in sorted(before.keys() & after.keys()):
            appeared += _new_ways(before[key], after[key])
            vanished += _new_ways(after[key], before[key])
    return Difference(tuple(appeared), tuple(vanished), tuple(limits))


def _survivors(elf: Elf, policy: Policy, linkmap: LinkMap | None) -> dict[Key, Finding]:
    """Each survivor with each of its direct users, and all ways to it where they are known."""
    verified = verification.verify(elf, policy, linkmap)
    image = Image(elf, linkmap or LinkMap(), need_relocations=False)
    explained = explain(image, policy, every_way=True)
    subjects = {finding.subject for finding in explained.findings}
    rest = [finding for finding in verified.findings if finding.subject not in subjects]
    found: dict[Key, Finding] = {}
    for finding in (*explained.findings, *rest):
        if finding.rule in (BANNED_SYMBOL, UNPROVEN):
            found.setdefault((finding.subject, finding.user), finding)
    return found


def _as(finding: Finding, word: str) -> Finding:
    return finding._replace(text=finding.text.replace("survives", word, 1), others=())


def _new_ways(before: Finding, after: Finding) -> list[Finding]:
    """The hops to a user, on whatever way, that were not there before."""
    known = set(_hops(before))
    notes = {hop: note for hop, note in _hops(after).items() if hop not in known}
    if not notes:
        return []
    user = after.user or after.subject
    text = f"'{user}', which uses '{after.subject}', is reached another way"
    return [Finding(after.rule, after.location, text, tuple(notes.values()), after.subject)]


def _hops(finding: Finding) -> dict[tuple[str, str], Note]:
    hops: Iterable[Note] = (*finding.hops, *finding.others)
    return {(note.source, note.target): note for note in hops}

"""The policy's exceptions as a rule on paths: what is left when their edges are cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from linkguard.findings import UNUSED_POLICY, Finding, Note, Why
from linkguard.graph import Edge, cheapest
from linkguard.lines import Location
from linkguard.liveness import Hop, Image, Reason, Use
from linkguard.policy import NameSet, Policy


def not_allowed(
    image: Image, policy: Policy, uses: Iterable[Use], edges: Sequence[Edge], roots: dict[int, int]
) -> list[Use]:
    """The uses that are left when the policy's exceptions are cut out of the graph.

    What init code hands out outlives it: a function or table whose address is taken there, or a
    banned function itself, may be called at any time. No cut ends that.
    """
    starts = {number: cost for number, cost in roots.items() if not _is_init(image, policy, number)}
    kept = [edge for edge in edges if not _is_cut(image, policy, edge)]
    runs = cheapest(roots, edges)
    cut = cheapest(starts, kept)
    for edge in edges:
        handed_out = _hop(edge) == Hop.ADDRESS and not cut.reaches(edge.source)
        if handed_out and runs.reaches(edge.source) and not _is_excepted(image, policy, edge):
            starts.setdefault(edge.target, 0)
    cut = cheapest(starts, kept)
    return [
        use
        for use in uses
        if not any(policy.allows(name, use.banned) for name in image.entity(use.source).names)
        and (
            use.hop == Hop.ADDRESS
            or (
                not _is_init(image, policy, use.source)
                and (cut.reaches(use.source) or not runs.reaches(use.source))
            )
        )
    ]


def _hop(edge: Edge) -> Hop | None:
    return edge.label.hop if isinstance(edge.label, Reason) else None


def _is_init(image: Image, policy: Policy, number: int) -> bool:
    return any(name in policy.init for name in image.entity(number).names)


def _is_cut(image: Image, policy: Policy, edge: Edge) -> bool:
    if _is_init(image, policy, edge.source) or _is_init(image, policy, edge.target):
        return True
    return _is_allowed(image, policy, edge)


def _is_excepted(image: Image, policy: Policy, edge: Edge) -> bool:
    """Whether an address that init code takes is no news: of init code, or allowed to it."""
    return _is_init(image, policy, edge.target) or _is_allowed(image, policy, edge)


def _is_allowed(image: Image, policy: Policy, edge: Edge) -> bool:
    return any(
        policy.allows(caller, callee)
        for caller in image.entity(edge.source).names
        for callee in image.entity(edge.target).names
    )


def unused(image: Image, policy: Policy) -> Iterable[Finding]:
    """Exceptions for functions that the image does not have: policies rot."""
    if not policy.has_exceptions:
        return
    known = {name for entity in image.layout.entities for name in entity.names}
    known |= {reference.symbol for reference in image.references}
    entries = [(name, "[init]") for name in sorted(policy.init.exact | set(policy.init.globs))]
    entries += [(allow.caller, "[[allow]]") for allow in policy.allow]
    for name, table in entries:
        names = NameSet.of([name])
        if not any(candidate in names for candidate in known):
            place = Location(policy.path)
            text = f"'{name}' in {table} names nothing in the image"
            note = Note(
                place, "remove the entry; if the function was inlined, mark it noinline", Why.REMEDY
            )
            yield Finding(UNUSED_POLICY, place, text, (note,), name)

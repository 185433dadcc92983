"""Who keeps a banned function alive: one chain for each part of the image that refers to it."""

from __future__ import annotations

from collections.abc import Iterable

from linkguard import demand
from linkguard.chains import Chains
from linkguard.exemption import Exemption, exemptions_in
from linkguard.findings import Finding, Report
from linkguard.graph import Edge, cheapest
from linkguard.liveness import ROOT_COST, Image, Root, Use
from linkguard.pathrule import PathRule, unused
from linkguard.policy import Policy
from linkguard.references import Reference

UNCOLLECTED = (
    "linked again without collecting sections, since this linker fails otherwise: only what a "
    "root reaches is shown, not what it keeps for another reason"
)


def explain(image: Image, policy: Policy, every_way: bool = False) -> Report:
    """The findings for an image: direct users by banned function, then policy that is unused.

    `every_way` adds to each chain all other references on some way from a root to the user.
    """
    if not every_way and demand.can_serve(image, policy):
        quick = _cheapest_only(image, policy)
        if quick is not None:
            return quick
    edges = list(image.edges())
    roots = {
        number: ROOT_COST[root]
        for number, root in image.roots.items()
        if image.collected or root != Root.KEPT
    }
    everything = cheapest(roots, [*edges, *image.sharing()])
    chains = Chains(image, everything)
    every_use = image.uses(policy)
    if not image.collected:
        every_use = [use for use in every_use if everything.reaches(use.source)]
    exemptions = exemptions_in(image.elf)
    uses = [use for use in every_use if not _is_exempted(image, use, exemptions)]
    uses, limits = _to_explain(policy, chains, uses, edges, roots)
    found = []
    if policy.init:
        late = PathRule(image, policy).late(edges)
        found += [(0, chains.late_init(init, way)) for init, way in late]
    for use in uses:
        others = chains.others(use, edges) if every_way else ()
        found.append((everything.cost.get(use.source, 0), chains.finding(use, others)))
    if not policy.has_exceptions and image.collected:
        unused_banned = image.unused_banned(policy, every_use)
        users = _banned_users(image, policy)
        found += [(0, chains.unreferred(n, name, users.get(n, ""))) for n, name in unused_banned]
    findings = _sorted(found)
    referred = {reference.symbol for reference in image.references}
    limits += chains.unresolved() + (() if image.collected else (UNCOLLECTED,))
    said = tuple(exemption.words for exemption in exemptions)
    return Report((*findings, *unused(image.elf, policy, referred)), (*said, *limits))


def _cheapest_only(image: Image, policy: Policy) -> Report | None:
    """The same report from the parts of the image that it is about, if those are enough."""
    graph = demand.Demand(image, policy)
    every_use = graph.uses()
    unused_banned = image.unused_banned(policy, every_use)
    paths = graph.paths({*(use.source for use in every_use), *(n for n, _ in unused_banned)})
    if paths is None:
        return None
    chains = Chains(image, paths)
    exemptions = exemptions_in(image.elf)
    uses = [use for use in every_use if not _is_exempted(image, use, exemptions)]
    found = [(paths.cost[use.source], chains.finding(use)) for use in uses]
    if unused_banned:
        users = _users_of(image, policy, (r for n in graph.banned for r in graph.references(n)))
        found += [(0, chains.unreferred(n, name, users.get(n, ""))) for n, name in unused_banned]
    said = tuple(exemption.words for exemption in exemptions)
    return Report(tuple(_sorted(found)), said)


def _sorted(found: list[tuple[int, Finding]]) -> list[Finding]:
    """By banned function, then by the cost of the way to its user."""
    found.sort(key=lambda item: (item[1].subject, item[0], item[1].location, item[1].text))
    return [finding for _, finding in found]


def _banned_users(image: Image, policy: Policy) -> dict[int, str]:
    return _users_of(image, policy, image.references)


def _users_of(image: Image, policy: Policy, references: Iterable[Reference]) -> dict[int, str]:
    """For each part, the first banned function that uses it: `malloc` for newlib's `_malloc_r`."""
    banned = {
        number: [name for name in image.entity(number).names if policy.bans(name)][-1]
        for number in image.banned(policy)
    }
    found: dict[int, str] = {}
    for reference in references:
        if reference.source in banned and reference.source != reference.target:
            found.setdefault(reference.target, banned[reference.source])
    return found


def _is_exempted(image: Image, use: Use, exemptions: Iterable[Exemption]) -> bool:
    piece = image.piece(use.source)
    return piece is not None and any(e.excuses(piece.file, use.banned) for e in exemptions)


def _to_explain(
    policy: Policy, chains: Chains, uses: list[Use], edges: list[Edge], roots: dict[int, int]
) -> tuple[list[Use], tuple[str, ...]]:
    """The users of banned functions that the policy does not excuse, and a word on the unproven.

    Outside of the policy's own roots nothing is refused, but it is said.
    """
    if not policy.has_exceptions:
        return uses, ()
    rule = PathRule(chains.image, policy)
    reached, unreached = rule.left(uses, edges, rule.roots(roots))
    if not policy.names_roots:
        return reached + unreached, ()
    outside = rule.left(unreached, edges, roots)
    return reached, tuple(
        f"'{use.banned}' is used by '{chains.name(use.source)}', which no function of [roots] "
        "reaches: not judged"
        for part in outside
        for use in part
    )

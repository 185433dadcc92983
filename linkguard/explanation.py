"""Who keeps a banned function alive: one chain for each part of the image that refers to it."""

from __future__ import annotations

from linkguard.chains import Chains
from linkguard.findings import Report
from linkguard.graph import Edge, cheapest
from linkguard.liveness import ROOT_COST, Image, Use
from linkguard.pathrule import PathRule, unused
from linkguard.policy import Policy


def explain(image: Image, policy: Policy, every_way: bool = False) -> Report:
    """The findings for an image: direct users by banned function, then policy that is unused.

    `every_way` adds to each chain all other references on some way from a root to the user.
    """
    edges = list(image.edges())
    roots = {number: ROOT_COST[root] for number, root in image.roots.items()}
    everything = cheapest(roots, [*edges, *image.sharing()])
    chains = Chains(image, everything)
    uses, limits = _to_explain(image, policy, chains, edges, roots)
    found = []
    for use in uses:
        others = chains.others(use, edges) if every_way else ()
        found.append((everything.cost.get(use.source, 0), chains.finding(use, others)))
    if not policy.has_exceptions:
        found += [(0, chains.unreferred(*item)) for item in image.unused_banned(policy, uses)]
    found.sort(key=lambda item: (item[1].subject, item[0], item[1].location, item[1].text))
    findings = [finding for _, finding in found]
    referred = {reference.symbol for reference in image.references}
    return Report((*findings, *unused(image.elf, policy, referred)), limits)


def _to_explain(
    image: Image, policy: Policy, chains: Chains, edges: list[Edge], roots: dict[int, int]
) -> tuple[list[Use], tuple[str, ...]]:
    """The users of banned functions that the policy does not excuse, and a word on the unproven.

    Outside of the policy's own roots nothing is refused, but it is said.
    """
    uses = image.uses(policy)
    if not policy.has_exceptions:
        return uses, ()
    rule = PathRule(image, policy)
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

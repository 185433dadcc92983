"""Who keeps a banned function alive: one chain for each part of the image that refers to it."""

from __future__ import annotations

from linkguard import pathrule
from linkguard.chains import Chains
from linkguard.findings import Report
from linkguard.graph import cheapest
from linkguard.liveness import ROOT_COST, Image
from linkguard.policy import Policy


def explain(image: Image, policy: Policy, every_way: bool = False) -> Report:
    """The findings for an image: direct users by banned function, then policy that is unused.

    `every_way` adds to each chain all other references on some way from a root to the user.
    """
    uses = image.uses(policy)
    edges = list(image.edges())
    roots = {number: ROOT_COST[root] for number, root in image.roots.items()}
    everything = cheapest(roots, [*edges, *image.sharing()])
    if policy.has_exceptions:
        uses = pathrule.not_allowed(image, policy, uses, edges, roots)
    chains = Chains(image, everything)
    found = []
    for use in uses:
        others = chains.others(use, edges) if every_way else ()
        found.append((everything.cost.get(use.source, 0), chains.finding(use, others)))
    found += [
        (0, chains.unreferred(*item))
        for item in image.unused_banned(policy, uses)
        if not policy.has_exceptions
    ]
    found.sort(key=lambda item: (item[1].subject, item[0], item[1].location, item[1].text))
    findings = [finding for _, finding in found]
    return Report((*findings, *pathrule.unused(image, policy)))

"""Shortest paths by cost from several roots (Dijkstra), with the edge that led to each node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from heapq import heappop, heappush
from typing import NamedTuple


class Edge(NamedTuple):
    """From node to node; `label` is the caller's business."""

    source: int
    target: int
    cost: int
    label: object


Outgoing = Callable[[int], Iterable[Edge]]


class Paths(NamedTuple):
    """The cheapest way to every node that a root reaches."""

    cost: Mapping[int, int]
    via: Mapping[int, Edge]

    def reaches(self, node: int) -> bool:
        return node in self.cost

    def to(self, node: int) -> list[Edge]:
        """The edges from a root to a node, in order; empty for a root."""
        found: list[Edge] = []
        while node in self.via:
            found.append(self.via[node])
            node = found[-1].source
        return found[::-1]


def cheapest(roots: Mapping[int, int], edges: Iterable[Edge]) -> Paths:
    """`roots` gives each root what it costs to start there."""
    outgoing: dict[int, list[Edge]] = {}
    for edge in edges:
        outgoing.setdefault(edge.source, []).append(edge)
    return cheapest_to(None, roots, lambda node: outgoing.get(node, ()))


def cheapest_to(
    wanted: Iterable[int] | None, roots: Mapping[int, int], outgoing: Outgoing
) -> Paths:
    """The same by a function from nodes to edges, until all the wanted nodes are reached."""
    left = None if wanted is None else set(wanted)
    cost: dict[int, int] = {}
    via: dict[int, Edge] = {}
    queue: list[tuple[int, int, int]] = []
    candidates: list[Edge | None] = []
    for root, start in sorted(roots.items()):
        heappush(queue, (start, len(candidates), root))
        candidates.append(None)
    while queue and left != set():
        spent, number, node = heappop(queue)
        if node in cost:
            continue
        cost[node] = spent
        if left:
            left.discard(node)
        candidate = candidates[number]
        if candidate is not None:
            via[node] = candidate
        for edge in outgoing(node):
            if edge.target not in cost:
                heappush(queue, (spent + edge.cost, len(candidates), edge.target))
                candidates.append(edge)
    return Paths(cost, via)

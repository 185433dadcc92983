"""Shortest paths against a search of every path, on random graphs."""

from __future__ import annotations

import random
from itertools import pairwise

from linkguard.graph import Edge, cheapest


def test_costs_and_paths_agree_with_relaxation_to_the_end() -> None:
    numbers = random.Random(7)
    for _ in range(200):
        nodes = range(8)
        edges = [
            Edge(numbers.choice(nodes), numbers.choice(nodes), numbers.randint(0, 9), n)
            for n in range(numbers.randint(0, 20))
        ]
        roots = {numbers.choice(nodes): numbers.randint(0, 5) for _ in range(2)}
        best = dict(roots)
        for _ in nodes:
            for edge in edges:
                if edge.source in best:
                    cost = best[edge.source] + edge.cost
                    best[edge.target] = min(cost, best.get(edge.target, cost))
        paths = cheapest(roots, edges)
        assert dict(paths.cost) == best
        for node, cost in best.items():
            way = paths.to(node)
            first = way[0].source if way else node
            assert roots[first] + sum(edge.cost for edge in way) == cost
            assert all(a.target == b.source for a, b in pairwise(way))


def test_what_is_not_reached() -> None:
    paths = cheapest({0: 0}, [Edge(1, 2, 1, None)])
    assert paths.reaches(0) and not paths.reaches(2)

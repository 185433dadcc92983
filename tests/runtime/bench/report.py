"""The metrics as a table: what each should reach, what it is, and what the best peer has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.reaches import Reach

LATENCIES = ("uniform64k70", "uniform1m90", "bimodal64k70", "checkerboard")
UTILISATIONS = {
    "uniform64k": 92.9,
    "uniform256k": 95.3,
    "uniform1m": 96.0,
    "bimodal64k": 78.1,
    "bimodal256k": 86.6,
    "bimodal1m": 90.9,
}

REACHES = (
    *(Reach(f"m4.{trace}.alloc.max", 165) for trace in LATENCIES),
    Reach("m4.uniform64k70.alloc.median", 110),
    *(Reach(f"m4.{trace}.free.max", 200) for trace in LATENCIES),
    Reach("m4.push.insns", 20),
    Reach("m4.push.masked_insns", 0),
    Reach("m0.push.masked_insns", 10),
    *(Reach(f"util.{trace}.mean", bound, at_least=True) for trace, bound in UTILISATIONS.items()),
    Reach("bytes_per_16B_object", 16.5),
    Reach("control_bytes_64k", 256),
    Reach("flash.m4.core", 1536),
    Reach("flash.m4.full", 2560),
    Reach("host.ns_ratio_vs_best_peer", 1.0),
)

WAITING_REACHES = (
    Reach("sim.throughput_vs_barging", 0.98, at_least=True),
    Reach("sim.large_wait.max", 17),
    Reach("sim.small_wait.max", 7),
    Reach("sim.wakes_per_grant", 0.4),
    Reach("m4.grant.max_insns", 400),
    Reach("m4.await_roundtrip.median_insns", 60),
    Reach("ram.waiter_bytes", 32),
    Reach("ram.task_bytes", 24),
    Reach("flash.m4.async", 4096),
)


def peers_of(metrics: Mapping[str, float], metric: str) -> dict[str, float]:
    """What each peer has for a metric of ours."""
    found = {}
    for name, value in metrics.items():
        if name.startswith("peer."):
            peer, _, rest = name.removeprefix("peer.").partition(".")
            if rest == metric:
                found[peer] = value
    return found


def best_peer(metrics: Mapping[str, float], reach: Reach) -> str:
    peers = peers_of(metrics, reach.metric)
    if not peers:
        return ""
    choose = max if reach.at_least else min
    name = choose(peers, key=lambda peer: (peers[peer], peer))
    return f"{peers[name]:g} {name}"


def rows(
    metrics: Mapping[str, float], reaches: Sequence[Reach]
) -> Iterator[tuple[str, str, str, str, str]]:
    for reach in reaches:
        value = metrics[reach.metric]
        verdict = "reached" if reach.holds(value) else "missed"
        yield reach.metric, f"{value:g}", str(reach), verdict, best_peer(metrics, reach)


def table(metrics: Mapping[str, float], reaches: Sequence[Reach] = REACHES) -> str:
    head = ("metric", "weir", "reach", "", "best peer")
    lines = [head, *rows(metrics, reaches)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )

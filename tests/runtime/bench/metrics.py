"""From lines to metrics: a flat mapping of a name to a number."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from .run import Line

Metrics = dict[str, float]

ARENA_BYTES = {"64k": 1 << 16, "256k": 1 << 18, "1m": 1 << 20}


def median_of_counts(counts: Mapping[int, int]) -> int:
    """The lower median of values that were seen so many times each."""
    half = (sum(counts.values()) + 1) // 2
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= half:
            return value
    raise ValueError("the median of nothing")


def costs_of(lines: Iterable[Line]) -> dict[tuple[str, str], Counter[int]]:
    """How often which cost was seen, by trace and operation."""
    costs: dict[tuple[str, str], Counter[int]] = {}
    for line in lines:
        if line.kind == "costs":
            trace, operation, instructions, times = line.words
            costs.setdefault((trace, operation), Counter())[int(instructions)] += int(times)
    return costs


def spread(name: str, counts: Counter[int]) -> Metrics:
    return {f"{name}.median": median_of_counts(counts), f"{name}.max": max(counts)}


def latency(lines: Iterable[Line], machine: str) -> Metrics:
    """A refused allocation is an allocation. Where a free puts work off, `free` is the work that it
    put off, and `push` the call."""
    costs = costs_of(lines)
    metrics: Metrics = {}
    for trace in sorted({trace for trace, _ in costs}):
        alloc = costs.get((trace, "alloc"), Counter()) + costs.get((trace, "refused"), Counter())
        free = costs[trace, "free"]
        settle = costs.get((trace, "settle"))
        metrics |= spread(f"{machine}.{trace}.alloc", alloc)
        if settle is None:
            metrics |= spread(f"{machine}.{trace}.free", free)
        else:
            metrics |= spread(f"{machine}.{trace}.free", settle)
            metrics |= spread(f"{machine}.{trace}.push", free)
    return metrics


def arena_of(trace: str) -> int:
    return next(size for suffix, size in ARENA_BYTES.items() if trace.endswith(suffix))


def utilisation(lines: Iterable[Line]) -> Metrics:
    """Requested bytes that live at the first failure, in percent of the arena."""
    live: dict[str, list[int]] = {}
    for line in lines:
        if line.kind == "live":
            trace, _, size = line.words
            live.setdefault(trace, []).append(int(size))
    metrics: Metrics = {}
    for trace, sizes in sorted(live.items()):
        percent = 100 / arena_of(trace)
        metrics[f"util.{trace}.mean"] = round(statistics.fmean(sizes) * percent, 3)
        metrics[f"util.{trace}.worst"] = round(min(sizes) * percent, 3)
    return metrics


def single(lines: Iterable[Line], kind: str) -> tuple[int, ...]:
    return next(tuple(map(int, line.words)) for line in lines if line.kind == kind)


def density(lines: Iterable[Line]) -> Metrics:
    (objects,) = single(lines, "objects")
    return {"bytes_per_16B_object": round(ARENA_BYTES["64k"] / objects, 3)}


def recorded_arena(lines: Iterable[Line], peak: int) -> Metrics:
    (arena,) = single(lines, "arena")
    percent = round(100 * peak / arena, 3)
    return {"recorded.arena_bytes": arena, "util.recorded.percent": percent}


def control(lines: Iterable[Line]) -> Metrics:
    """Bytes of control data for 64 KiB, the tags (one bitmap) apart."""
    lines = list(lines)
    struct, arena, tags = single(lines, "control")
    return {
        "control_bytes_64k": struct + arena - tags,
        "control_bytes_64k.struct": struct,
        "control_bytes_64k.arena": arena - tags,
        "bitmap_bytes_64k": tags,
    }


def named(lines: Iterable[Line], kind: str) -> dict[str, int]:
    """The numbers of the lines `KIND NAME NUMBER`, by name."""
    return {line.words[0]: int(line.words[1]) for line in lines if line.kind == kind}


def cost_of_checks(metrics: Metrics) -> Metrics:
    """What the checks cost a program that makes no mistake, on the uniform trace."""
    trace = "m4.uniform64k70"
    cost = {
        f"checks.{operation}.insns": metrics[f"{trace}.{operation}.median"]
        - metrics[f"unchecked.{trace}.{operation}.median"]
        for operation in ("alloc", "push", "free")
    }
    cost["checks.flash_bytes"] = metrics["flash.m4.checked"] - metrics["flash.m4.core"]
    cost["checks.bitmap_bytes_64k"] = (
        metrics["bitmap_bytes_64k"] - metrics["unchecked.bitmap_bytes_64k"]
    )
    return cost


GLUE = {"flash_entry", "weir_start", "libc_start"}  # of the bench, not of the allocator
GLUE_OF_LIBRARIES = {"sbrk", "_sbrk_r"}  # what the C libraries' malloc asks of the system


def loaded_bytes(program: Path) -> int:
    """What an image takes of the flash: code, constants, initial values; less the bench's own."""
    with program.open("rb") as file:
        image = ELFFile(file)
        loaded = sum(
            int(section["sh_size"])
            for section in image.iter_sections()
            if section["sh_flags"] & 2 and section["sh_type"] != "SHT_NOBITS"
        )
        table = image.get_section_by_name(".symtab")
        if not isinstance(table, SymbolTableSection):
            raise ValueError(f"{program}: has no symbols")
        ours = GLUE | GLUE_OF_LIBRARIES
        found = (symbol for symbol in table.iter_symbols() if symbol.name in ours)
        return loaded - sum(int(symbol["st_size"]) for symbol in found)


def paired_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of runs that were made side by side."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def against_best(ours: Sequence[float], peers: Mapping[str, Sequence[float]]) -> float:
    """Ours against whichever peer is fastest: the largest of the ratios."""
    return max(paired_ratio(ours, theirs) for theirs in peers.values())


OURS = "weir"
VARIANTS = ("weir-unchecked", "weir-merging", "weir-any-context")


def host_comparison(times: Mapping[str, Sequence[float]]) -> Metrics:
    """Nanoseconds an operation, and ours against each peer's in the same rounds."""
    peers = {name: runs for name, runs in times.items() if name not in (OURS, *VARIANTS)}
    result: Metrics = {
        f"peer.{name}.host.ns": round(statistics.median(runs), 3) for name, runs in peers.items()
    }
    result["host.least_ns"] = round(min(times[OURS]), 3)
    least_of_peers = min(min(runs) for runs in peers.values())
    result["host.least_ns_ratio_vs_best_peer"] = round(min(times[OURS]) / least_of_peers, 3)
    result["host.ns"] = round(statistics.median(times[OURS]), 3)
    result["host.ns_ratio_vs_best_peer"] = round(against_best(times[OURS], peers), 3)
    for variant in VARIANTS:
        prefix = variant.removeprefix(f"{OURS}-")
        result[f"{prefix}.host.ns"] = round(statistics.median(times[variant]), 3)
        ratio = round(against_best(times[variant], peers), 3)
        result[f"{prefix}.host.ns_ratio_vs_best_peer"] = ratio
    return result


def prefixed(prefix: str, metrics: Metrics) -> Metrics:
    return {f"{prefix}{name}": value for name, value in metrics.items()}

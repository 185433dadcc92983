"""What is measured: which allocator, in which programs, on which traces."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import build, metrics
from .build import HOST, M0, M4, M4_PICOLIBC, Allocator, Workshop
from .metrics import Metrics
from .recorded import trace
from .run import Line, RunError, emulate, output_of, parse

SEEDS = 192
PARALLEL = 2
TIMING_ROUNDS = 21
TIMING_REPEATS = 30
PROCESSORS = 4

# Links of 16 bits reach half a megabyte; what is larger needs the heap with links of 32.
LATENCY_TRACES = {
    "64k": ("uniform64k70", "bimodal64k70", "loguniform64k70"),
    "1m": ("uniform1m90",),
}
UTILISATION_TRACES = {
    "64k": ("uniform64k", "bimodal64k", "loguniform64k"),
    "256k": ("uniform256k", "bimodal256k", "eighth256k", "loguniform256k"),
    "1m": ("uniform1m", "bimodal1m", "eighth1m", "loguniform1m"),
}
ARENAS = ("64k", "256k", "1m")

Job = Callable[[], Metrics]


@dataclass(frozen=True)
class Subject:
    """An allocator as it is used for each size of arena, and where its metrics go."""

    prefix: str
    arenas: dict[str, Allocator]

    def label(self, part: str, arena: str) -> str:
        return f"{self.prefix}{part}.{arena}"


def same_everywhere(prefix: str, allocator: Allocator) -> Subject:
    return Subject(prefix, dict.fromkeys(ARENAS, allocator))


def weir_subject(prefix: str, *, checks: bool) -> Subject:
    bits = {"64k": 16, "256k": 16, "1m": 32}
    arenas = {arena: build.weir(M4, link_bits=bits[arena], checks=checks) for arena in ARENAS}
    return Subject(prefix, arenas)


def libc_subject(name: str, machine: build.Machine) -> Subject:
    sources = (build.ALLOCATORS / "libc_sbrk.c",)
    return same_everywhere(f"peer.{name}.", Allocator(name, "libc_sbrk.h", machine, sources))


CRATES = {
    "linked_list_allocator": dict.fromkeys(ARENAS, "linked_list"),
    "talc": dict.fromkeys(ARENAS, "talc"),
    "buddy_system_allocator": dict.fromkeys(ARENAS, "buddy"),
    "rlsf": {arena: f"rlsf{arena}" for arena in ARENAS},
}


def crate_subject(crate: str, machine: build.Machine, library: Path) -> Subject:
    arenas = {
        arena: build.rust_peer(crate, prefix, machine, library)
        for arena, prefix in CRATES[crate].items()
    }
    return Subject(f"peer.{crate}.", arenas)


def target_subjects(shop: Workshop) -> list[Subject]:
    """Everything that runs on the emulated Cortex-M4. The first one is weir as it is by default."""
    subjects = [
        weir_subject("", checks=True),
        weir_subject("unchecked.", checks=False),
        libc_subject("newlib-nano", M4),
        libc_subject("picolibc", M4_PICOLIBC),
    ]
    if shop.rust is not None:
        subjects += [crate_subject(crate, M4, shop.rust) for crate in CRATES]
    return subjects


def latency_lines(program: Path, arena: str) -> list[Line]:
    lines = emulate(program, "latency", *LATENCY_TRACES[arena], exact=True)
    if arena == "64k":
        lines += emulate(program, "checkerboard", exact=True)
    return lines


def recorded_metrics(program: Path) -> Metrics:
    """In the smallest arena that does, and what the operations cost in one a quarter larger."""
    peak = trace.extent(build.recorded_operations()).peak
    found = metrics.recorded_arena(emulate(program, "recorded-arena"), peak)
    roomy = int(found["recorded.arena_bytes"] * 5 // 4)
    lines = emulate(program, "recorded-latency", str(roomy), exact=True)
    return found | metrics.latency(lines, "m4")


def subject_jobs(shop: Workshop, subject: Subject) -> Iterator[Job]:
    """Small jobs, so that two at a time fill the machine."""

    def build_for(arena: str) -> Path:
        allocator = subject.arenas[arena]
        return build.program(shop, allocator, subject.label("bench", arena), build.COUNTED)

    def latency(program: Path, arena: str) -> Metrics:
        return metrics.latency(latency_lines(program, arena), "m4")

    def utilisation(program: Path, name: str) -> Metrics:
        return metrics.utilisation(emulate(program, "utilisation", str(SEEDS), name))

    def density(program: Path) -> Metrics:
        return metrics.density(emulate(program, "density"))

    programs = {arena: build_for(arena) for arena in ARENAS}
    jobs = [partial(latency, programs[arena], arena) for arena in LATENCY_TRACES]
    for arena, names in UTILISATION_TRACES.items():
        jobs += [partial(utilisation, programs[arena], name) for name in names]
    jobs += [partial(density, programs["64k"]), partial(recorded_metrics, programs["256k"])]
    for job in jobs:
        yield partial(under_prefix, subject.prefix, job)


def unsettled_jobs(shop: Workshop) -> Iterator[Job]:
    """What quick lists do to a program that drains nothing by itself, with them and without."""

    def measure_with(prefix: str, quick: int) -> Metrics:
        more = ("BENCH_UNSETTLED", f"WEIR_QUICK={quick}")
        program = build.program(shop, build.weir(M4, more=more), f"{prefix}bench", build.COUNTED)
        found = metrics.latency(latency_lines(program, "64k"), "m4")
        for name in ("uniform64k", "bimodal64k"):
            found |= metrics.utilisation(emulate(program, "utilisation", str(SEEDS), name))
        return metrics.prefixed(prefix, found | recorded_metrics(program))

    for prefix, quick in (("quick.", 1), ("unsettled.", 0)):
        yield partial(measure_with, prefix, quick)


def ideal_jobs(shop: Workshop) -> Iterator[Job]:
    """How far utilisation can go, on the host: it costs no time that anybody would count."""
    sources = (build.ALLOCATORS / "ideal.c",)
    program = build.program(
        shop, Allocator("ideal", "ideal.h", HOST, sources), "ideal", build.COUNTED
    )

    def utilisation(name: str) -> Metrics:
        lines = parse(output_of([str(program), "utilisation", str(SEEDS), name]))
        return metrics.prefixed("ideal.", metrics.utilisation(lines))

    for names in UTILISATION_TRACES.values():
        yield from (partial(utilisation, name) for name in names)


def under_prefix(prefix: str, job: Job) -> Metrics:
    return metrics.prefixed(prefix, job())


def inside_jobs(shop: Workshop) -> Iterator[Job]:
    """The push, the control data, the longest operations and the mistakes, of weir only."""
    m4 = build.program(shop, build.weir(M4), "inside.m4", build.INSIDE)
    m0 = build.program(shop, build.weir(M0), "inside.m0", build.INSIDE)

    def on_m4() -> Metrics:
        lines = emulate(m4, exact=True)
        (push,) = metrics.single(lines, "push")
        (masked,) = metrics.single(lines, "masked")
        found: Metrics = {"m4.push.insns": push, "m4.push.masked_insns": masked}
        return found | metrics.control(lines)

    def on_m0() -> Metrics:
        (masked,) = metrics.single(emulate(m0, exact=True), "masked")
        return {"m0.push.masked_insns": masked}

    unchecked = build.program(
        shop, build.weir(M4, checks=False), "inside.m4.unchecked", build.INSIDE
    )
    detect = build.program(shop, build.weir(M4), "detect.m4", build.DETECT)
    bound = build.program(shop, build.weir(M4), "bound.m4", build.BOUND)

    def without_checks() -> Metrics:
        return under_prefix("unchecked.", lambda: metrics.control(emulate(unchecked, exact=True)))

    def of_mistakes() -> Metrics:
        found = metrics.named(emulate(detect, exact=True), "detect")
        return {f"m4.detect.{mistake}.insns": cost for mistake, cost in found.items()}

    def at_most() -> Metrics:
        found = metrics.named(emulate(bound, exact=True), "bound")
        return {f"m4.bound.{operation}.max": most for operation, most in found.items()}

    yield on_m4
    yield on_m0
    yield without_checks
    yield of_mistakes
    yield at_most


def flash_bytes(shop: Workshop, allocator: Allocator, label: str, *defines: str) -> int:
    """The flash that an allocator takes at -Os, beyond what any image has."""

    def size(suffix: str, *more: str) -> int:
        flags = ("-Os", "-Wl,--entry=flash_entry", *(f"-D{define}" for define in more))
        bare = build.without_startup(allocator)
        return metrics.loaded_bytes(build.program(shop, bare, label + suffix, ["flash"], flags))

    return size("", *defines) - size(".baseline", "FLASH_BASELINE")


def flash_jobs(shop: Workshop) -> Iterator[Job]:
    def weir_flash() -> Metrics:
        core = flash_bytes(shop, build.weir(M4, checks=False), "flash.core")
        checked = flash_bytes(shop, build.weir(M4), "flash.checked")
        full = flash_bytes(shop, build.weir(M4), "flash.full", "FLASH_STATISTICS")
        return {"flash.m4.core": core, "flash.m4.checked": checked, "flash.m4.full": full}

    def peer_flash(subject: Subject) -> Metrics:
        size = flash_bytes(shop, subject.arenas["64k"], subject.prefix + "flash")
        return {f"{subject.prefix}flash.m4.core": size}

    yield weir_flash
    subjects = [libc_subject("newlib-nano", M4), libc_subject("picolibc", M4_PICOLIBC)]
    if shop.rust_small is not None:
        subjects += [crate_subject(crate, M4, shop.rust_small) for crate in CRATES]
    for subject in subjects:
        yield partial(peer_flash, subject)


def timed_allocators(shop: Workshop) -> dict[str, Allocator]:
    by_owner = ("BENCH_BY_OWNER",)
    merging = (*by_owner, "WEIR_QUICK=0")
    allocators = {
        "weir": build.weir(HOST, link_bits=32, more=by_owner),
        "weir-unchecked": build.weir(HOST, link_bits=32, checks=False, more=by_owner),
        "weir-merging": build.weir(HOST, link_bits=32, more=merging),
        "weir-any-context": build.weir(HOST, link_bits=32),
        "glibc": Allocator("glibc", "host_libc.h", HOST),
        "mimalloc": Allocator("mimalloc", "host_mimalloc.h", HOST, libraries=("-lmimalloc",)),
    }
    if shop.rust_host is not None:
        for crate, prefixes in CRATES.items():
            prefix = prefixes["1m"]
            allocators[crate] = build.rust_peer(crate, prefix, HOST, shop.rust_host)
    return allocators


def time_once(program: Path) -> float:
    text = output_of([str(program), str(TIMING_REPEATS)])
    if not text.startswith("nanoseconds "):
        raise RunError(f"{program.name}: {text.strip()}")
    return float(text.split()[1])


def least_of_processors(program: Path) -> float:
    """The least time of one run on each processor of a few: what shares its core with other work is
    slower by half at times, and not every program by as much."""
    allowed = os.sched_getaffinity(0)
    try:
        times = []
        for processor in sorted(allowed)[:PROCESSORS]:
            os.sched_setaffinity(0, {processor})
            times.append(time_once(program))
        return min(times)
    finally:
        os.sched_setaffinity(0, allowed)


def host_times(shop: Workshop) -> Metrics:
    """Nanoseconds an operation of the recorded program takes, in rounds in which each program has
    its turn."""
    programs = {
        name: build.program(shop, allocator, f"timed.{name}", build.TIMED)
        for name, allocator in timed_allocators(shop).items()
    }
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(TIMING_ROUNDS):
        for name, program in programs.items():
            times[name].append(least_of_processors(program))
    return metrics.host_comparison(times)


def run_jobs(jobs: Sequence[Job], progress: Callable[[int, int], None]) -> Metrics:
    result: Metrics = {}
    with ThreadPoolExecutor(PARALLEL) as pool:
        for done, found in enumerate(pool.map(lambda job: job(), jobs), 1):
            result |= found
            progress(done, len(jobs))
    return result


def measure(
    directory: Path, say: Callable[[str], None], progress: Callable[[int, int], None]
) -> Metrics:
    """Everything. Times come last, when nothing else of the bench runs."""
    say("building the allocators")
    shop = build.open_workshop(directory)
    for note in shop.notes:
        say(note)
    jobs = [*inside_jobs(shop), *flash_jobs(shop), *unsettled_jobs(shop), *ideal_jobs(shop)]
    for subject in target_subjects(shop):
        jobs += subject_jobs(shop, subject)
    say(f"measuring on the emulated Cortex-M4: {len(jobs)} runs, {PARALLEL} at a time")
    result = run_jobs(jobs, progress)
    result |= metrics.cost_of_checks(result)
    say("timing the recorded program on the host")
    return result | host_times(shop)

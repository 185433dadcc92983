"""Compares the waiting policies on one load and writes what they cost.

    python -m tests.runtime.sim [--output build/bench/async.json]

64 tasks in 16 KiB ask for 16 to 128 bytes nine times in ten, else for 2 to 4 KiB; they hold what
they got for Exp(1) and think for Exp(0.15). Waits are in hold-times, the mean time memory is held.
The runs are those of the real heap, executor and timers, in simulated time; the same seeds give the
same figures. A maximum is that over all seeds. Metrics of the output file that are not of this
simulation are left alone.
"""

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
SEEDS = range(1, 6)
HOLD_TIMES = 2000
DEFAULT = "10"
BARGING = "wake-all"
TARGET = ("-DWEIR_HEAP_LINK_BITS=16", "-DWEIR_QUICK=0")  # its defaults
POLICIES = ("0", DEFAULT, "unlimited", BARGING)


@dataclass(frozen=True)
class Outcome:
    """What one policy did under all seeds."""

    grants: int
    wakes: int
    large_p99: float
    large_max: float
    small_max: float

    @property
    def throughput(self) -> float:
        return self.grants / (HOLD_TIMES * len(SEEDS))


def build(directory: Path) -> Path:
    """The simulation, of the heap that a 32-bit target has."""
    directory.mkdir(parents=True, exist_ok=True)
    program = directory / "sim"
    sources = sorted((ROOT / "runtime/src").glob("*.c")) + sorted(Path(__file__).parent.glob("*.c"))
    includes = [f"-I{ROOT / 'runtime' / part}" for part in ("include", "src")]
    subprocess.run(
        [os.environ.get("CC", "cc"), "-std=c11", "-O2", *TARGET, *includes]
        + ["-ffunction-sections", "-Wl,--gc-sections"]  # its port has no threads
        + [str(source) for source in sources]
        + ["-o", str(program), "-lm"],
        check=True,
    )
    return program


def run(program: Path, policy: str, seed: int) -> Any:
    command = [str(program), policy, str(seed), str(HOLD_TIMES)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def outcome(runs: list[Any]) -> Outcome:
    return Outcome(
        grants=sum(run["grants"] for run in runs),
        wakes=sum(run["wakes"] for run in runs),
        large_p99=max(run["large"]["p99"] for run in runs),
        large_max=max(run["large"]["max"] for run in runs),
        small_max=max(run["small"]["max"] for run in runs),
    )


def simulate(program: Path) -> dict[str, Outcome]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {
            policy: [pool.submit(run, program, policy, seed) for seed in SEEDS]
            for policy in POLICIES
        }
        return {
            policy: outcome([future.result() for future in runs[policy]]) for policy in POLICIES
        }


def metrics(outcomes: dict[str, Outcome]) -> dict[str, float]:
    weir = outcomes[DEFAULT]
    return {
        "sim.throughput_vs_barging": round(weir.grants / outcomes[BARGING].grants, 4),
        "sim.large_wait.max": round(weir.large_max, 2),
        "sim.small_wait.max": round(weir.small_max, 2),
        "sim.wakes_per_grant": round(weir.wakes / weir.grants, 3),
    }


def table(outcomes: dict[str, Outcome]) -> str:
    lines = ["policy     grants/hold-time  large p99 / max wait  small max wait  wakes per grant"]
    for policy, result in outcomes.items():
        name = policy if policy in ("unlimited", BARGING) else f"B = {policy}"
        lines.append(
            f"{name:<10} {result.throughput:16.2f} {result.large_p99:12.2f} / "
            f"{result.large_max:6.2f} {result.small_max:15.2f} {result.wakes / result.grants:16.2f}"
        )
    return "\n".join(lines)


def merge_into(path: Path, values: dict[str, float]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    everything = json.loads(path.read_text()) if path.exists() else {}
    everything.update(values)
    path.write_text(json.dumps(everything, indent=2, sort_keys=True) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.runtime.sim")
    parser.add_argument("--output", type=Path, default=ROOT / "build/bench/async.json")
    arguments = parser.parse_args()
    try:
        outcomes = simulate(build(ROOT / "build" / "sim"))
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"sim: error: {error}", file=sys.stderr)
        return 2
    print(table(outcomes))
    merge_into(arguments.output, metrics(outcomes))
    return 0


if __name__ == "__main__":
    sys.exit(main())

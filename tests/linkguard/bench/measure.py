"""The figures of linkguard. Times are processor time of the whole command, Python's start included:
on a machine with other work the clock on the wall measures that work. What the guard adds to a link
is below the noise of that too, and is counted in instructions.

linkguard runs as it does where it is installed: its modules are compiled, which pip does.
"""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from linkguard import files, guardfiles, policy
from tests.linkguard.bench import images, program
from tests.linkguard.bench.images import Explained

PAIRS, RUNS = 15, 9
AS_THE_SHIM = "import sys; from linkguard.cli import main; sys.exit(main())"
SEVEN_MEGABYTES = 270  # objects
LINKERS = {"": "bfd", ".lld": "lld"}


def cost(command: Sequence[object], environment: Mapping[str, str] | None = None) -> float:
    """Milliseconds of processor time; the command may find something, but not fail."""
    words = [str(word) for word in command]
    before = _spent_by_children()
    done = subprocess.run(words, capture_output=True, check=False, env=environment)
    spent = _spent_by_children() - before
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr.decode("utf-8", "replace"))
    return 1000 * spent


def _spent_by_children() -> float:
    """Seconds. `os.times` counts in hundredths of them."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def succeeds(command: Sequence[object]) -> bool:
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def as_installed(directory: Path) -> dict[str, str]:
    """An environment in which Python keeps compiled modules: the first run writes them."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(directory.resolve() / "compiled")}


def costs(name: str, command: Sequence[object], directory: Path) -> dict[str, float]:
    """The median of several runs, and the best: what other work takes away is not in that one."""
    environment = as_installed(directory)
    cost(command, environment)
    found = [cost(command, environment) for _ in range(RUNS)]
    return {name: round(statistics.median(found), 1), f"{name}.best": round(min(found), 1)}


def instructions(command: Sequence[object]) -> int:
    """What a command and all that it runs execute."""
    counting = ["valgrind", "--trace-children=yes", "--tool=cachegrind", "--cache-sim=no"]
    counting.append("--cachegrind-out-file=/dev/null")
    done = subprocess.run(
        [*counting, *map(str, command)], capture_output=True, text=True, check=True
    )
    return sum(int(n.replace(",", "")) for n in re.findall(r"I +refs: +([\d,]+)", done.stderr))


def link_overhead(directory: Path) -> dict[str, float]:
    """A passing link of 24 000 functions with the guard, as a ratio to the same without it: of the
    instructions of compiler driver and linker, for the response file and for the specs; and of
    processor time, the median of pairs."""
    objects = _objects(directory)
    guard = directory / "guard"
    made = guardfiles.generate(guardfiles.guard_of(policy.load(None), script=False), guard)
    for path, text in made.items():
        files.write_text(path, text)
    response, specs = f"@{guard / 'linkguard.rsp'}", f"--specs={guard / 'linkguard.specs'}"
    found = {}
    for suffix, linker in LINKERS.items():
        plain = ["gcc", f"-fuse-ld={linker}", "-Wl,--gc-sections", *objects, "-o", directory / "x"]
        if linker == "lld":
            plain.append(f"-B{_lld()}")
        guarded = [*plain, response]
        cost(plain)  # the files are in memory from here on
        ratios = [_ratio(plain, guarded, turn % 2 == 1) for turn in range(PAIRS)]
        alone, name = instructions(plain), f"link.overhead{suffix}"
        found[name] = round(instructions(guarded) / alone, 4)
        found[f"{name}.specs"] = round(instructions([*plain, specs]) / alone, 4)
        found[f"{name}.time"] = round(statistics.median(ratios), 4)
    return found


def _ratio(plain: Sequence[object], guarded: Sequence[object], swap: bool) -> float:
    """One pair; which comes first alternates."""
    if swap:
        second = cost(guarded)
        return second / cost(plain)
    first = cost(plain)
    return cost(guarded) / first


def _lld() -> str:
    found = [p for llvm in ("22", "19") if (p := Path(f"/usr/lib/llvm-{llvm}/bin/ld.lld")).exists()]
    if not found:
        raise RuntimeError("lld is not installed")
    return str(found[0].parent)


def _objects(directory: Path) -> list[Path]:
    ends = program.compiled({"quiet": program.QUIET}, directory / "objects")
    return [*program.objects(directory / "objects"), *ends]


def speed(directory: Path) -> dict[str, float]:
    """Verifying seven megabytes with debug information, and explaining 24 000 functions."""
    objects = _objects(directory)
    seven, large = directory / "seven.elf", directory / "large.elf"
    texts = {"quiet": program.QUIET, "rest": program.rest_of(SEVEN_MEGABYTES)}
    ends = program.compiled(texts, directory / "objects")
    main = [path for path in objects if path.name.startswith("main")]
    _link([*main, *objects[:SEVEN_MEGABYTES], *ends], seven)
    linkmap = directory / "large.map"
    allocating = program.compiled({"allocating": program.ALLOCATING}, directory / "objects")
    _link([*objects[:-1], *allocating], large, "-Wl,--emit-relocs", f"-Wl,-Map={linkmap}")
    linkguard = [sys.executable, "-c", AS_THE_SHIM]
    return {
        "verify.7mb.bytes": seven.stat().st_size,
        **costs("python.start.ms", [sys.executable, "-c", "pass"], directory),
        **costs("verify.7mb.ms", [*linkguard, "verify", seven], directory),
        **costs("explain.24k.ms", [*linkguard, "explain", large, "--map", linkmap], directory),
    }


def _link(objects: Sequence[Path], output: Path, *options: str) -> None:
    command = ["gcc", "-Wl,--gc-sections", *options, *map(str, objects), "-o", str(output)]
    subprocess.run(command, check=True)


def direct_callers(explained: Explained, objdump: str) -> set[tuple[str, str]]:
    """(caller, callee) of every instruction that calls or jumps to a banned function, by objdump.

    A banned function that calls another is no cause of its own.
    """
    rules = policy.load(None)
    text = subprocess.run(
        [objdump, "-d", "--no-show-raw-insn", explained.image],
        text=True,
        capture_output=True,
        check=True,
    ).stdout
    found: set[tuple[str, str]] = set()
    inside = ""
    for line in text.splitlines():
        if start := re.match(r"[0-9a-f]+ <(.+)>:$", line):
            inside = start[1]
        elif (target := re.search(r"<([^>+]+)>", line)) and "\t" in line:
            callee = re.sub(r"(@plt|@\S+)$", "", target[1])
            if rules.bans(callee) and not rules.bans(inside) and not inside.endswith("@plt"):
                found.add((inside, callee))
    return found


def chains_per_direct_caller(explained: Explained, objdump: str) -> tuple[int, int]:
    """How many of the direct callers that objdump finds end a chain, and how many there are."""
    last = [images.hops_of(finding)[-1] for finding in explained.findings]
    ends = {(str(hop["from"]), str(hop["to"])) for hop in last if "from" in hop}
    callers = direct_callers(explained, objdump)
    return len(callers & ends), len(callers)

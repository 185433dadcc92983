"""What waiting costs on the Cortex-M4: instructions, flash and memory.

    python -m tests.runtime.bench.waiting BUILD

Adds its metrics to BUILD/bench/async.json; those of the simulation beside them are left alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from . import build, report
from .build import BuildError, Workshop
from .metrics import Metrics, single
from .run import Line, RunError, emulate

PARTS = ("waiting", "output", "count")
# Of the bench's image, what is not the library's.
GLUE = ("flash_entry", "flash_task", "weir_port_", "weir_start", "heap", "executor", "keeper")


def most_of(lines: Iterable[Line], kind: str) -> int:
    """Over all numbers of waiters."""
    return max(int(line.words[1]) for line in lines if line.kind == kind)


def instructions(lines: list[Line]) -> Metrics:
    (awaited,) = single(lines, "await")
    (tried,) = single(lines, "try")
    waiter, alloc, task = single(lines, "ram")
    return {
        "m4.grant.max_insns": most_of(lines, "grant"),
        "m4.grant.executor.max_insns": most_of(lines, "executor"),
        "m4.grant.mixed.max_insns": most_of(lines, "mixed"),
        "m4.grant.wide.max_insns": most_of(lines, "wide"),
        "m4.await_roundtrip.median_insns": awaited - tried,
        "m4.await_roundtrip.whole_insns": awaited,
        "ram.waiter_bytes": waiter,
        "ram.alloc_bytes": alloc,
        "ram.task_bytes": task,
    }


def library_bytes(program: Path) -> int:
    """The bytes of all functions and constants of an image but the bench's own."""
    with program.open("rb") as file:
        image = ELFFile(file)
        table = image.get_section_by_name(".symtab")
        if not isinstance(table, SymbolTableSection):
            raise BuildError(f"{program}: has no symbols")
        loaded = {
            index
            for index, section in enumerate(image.iter_sections())
            if section["sh_flags"] & 2 and section["sh_type"] != "SHT_NOBITS"
        }
        return sum(
            int(symbol["st_size"])
            for symbol in table.iter_symbols()
            if symbol["st_shndx"] in loaded and not symbol.name.startswith(GLUE)
        )


def flash_bytes(shop: Workshop, *, checks: bool) -> int:
    weir = build.without_startup(build.weir(build.M4, checks=checks))
    flags = ("-Os", "-Wl,--entry=flash_entry")
    return library_bytes(
        build.program(shop, weir, f"flash.waiting.{int(checks)}", ["flash_waiting"], flags)
    )


def measure(directory: Path) -> Metrics:
    directory.mkdir(parents=True, exist_ok=True)
    shop = Workshop(directory, build.recorded_source(directory))
    counted = build.program(shop, build.weir(build.M4), "waiting.m4", PARTS)
    return instructions(emulate(counted, exact=True)) | {
        "flash.m4.async": flash_bytes(shop, checks=False),
        "flash.m4.async.checked": flash_bytes(shop, checks=True),
    }


def main(directory: Path) -> int:
    path = directory / "bench/async.json"
    try:
        found = measure(directory / "bench/programs")
    except (BuildError, RunError) as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 2
    everything = (json.loads(path.read_text()) if path.exists() else {}) | found
    path.write_text(json.dumps(everything, indent=2, sort_keys=True) + "\n")
    # The simulation writes its own before, or not at all.
    reaches = [reach for reach in report.WAITING_REACHES if reach.metric in everything]
    for name in sorted(found.keys() - {reach.metric for reach in reaches}):
        print(f"{name:<34} {found[name]:g}")
    print(report.table(everything, reaches))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

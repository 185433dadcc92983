"""Records the program anew: ``python -m tests.runtime.bench.recorded OUTPUT``.

Runs workload.lua under Debian's Lua with the interposer beneath it, and writes what it did to its
heap. Not part of the bench: what was recorded once is in the tree, so that the figures of two days
can be compared.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from . import trace

HERE = Path(__file__).parent


def package_version(package: str) -> str:
    query = ["dpkg-query", "-W", "-f", "${Version}", package]
    return subprocess.run(query, check=True, capture_output=True, text=True).stdout


def record(directory: Path) -> list[trace.Operation]:
    library, events = directory / "interposer.so", directory / "events"
    source = HERE / "interposer.c"
    subprocess.run(
        ["gcc", "-O1", "-shared", "-fPIC", "-fno-builtin", "-o", library, source], check=True
    )
    environment = os.environ | {"LD_PRELOAD": str(library), "RECORD_TO": str(events)}
    subprocess.run(
        ["lua5.4", HERE / "workload.lua"], check=True, env=environment, stdout=subprocess.DEVNULL
    )
    return list(trace.from_events(events.read_text().splitlines()))


def main(output: Path) -> None:
    with tempfile.TemporaryDirectory() as directory:
        operations = record(Path(directory))
    size = trace.extent(operations)
    header = [
        "What workload.lua did to its heap (see trace.py for the form).",
        f"Recorded with the package lua5.4 {package_version('lua5.4')} on a 64-bit host by",
        "python -m tests.runtime.bench.recorded: sizes are those of 64-bit pointers.",
        f"{size.operations} operations, {size.slots} blocks and {size.peak} bytes at the peak.",
    ]
    output.write_text(trace.write(operations, header))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

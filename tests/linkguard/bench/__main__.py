"""`python -m tests.linkguard.bench BUILD`: what linkguard costs, and whether its words are right.

Writes BUILD/bench/linkguard.json, a flat object of metric to number, with the counts of the matrix
when BUILD/bench/matrix.json is there. Real programs are compared with their golden chains;
`--write-golden` writes those anew. Exit 0 when all is measured and every chain is as it was, 1 when
one is not, 2 when something could not be measured.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from tests import reaches
from tests.linkguard.bench import images, measure, report


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.split("\n", 1)[0])
    parser.add_argument("build", type=Path, metavar="BUILD")
    parser.add_argument("--write-golden", action="store_true")
    parser.add_argument("--images-only", action="store_true", help="no times")
    return parser.parse_args()


def real_images(build: Path, write: bool) -> dict[str, float]:
    """The golden chains, and what is counted along them."""
    found: dict[str, float] = {}
    same = covered = callers = located = hops = 0
    programs = images.programs(build / "third-party", build / "corpora")
    for program in programs:
        print(f"bench: {program.name}", file=sys.stderr, flush=True)
        explained = images.explain(program, build / "bench" / "images" / program.name)
        golden = images.GOLDEN / f"{program.name}.txt"
        text = images.chains(explained.findings)
        if write:
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(text)
        if golden.exists() and golden.read_text() == text:
            same += 1
        else:
            print(f"{golden}: error: the chains are not these any more")
        found[f"chains.{program.name}"] = len(explained.findings)
        some, all_of_them = measure.chains_per_direct_caller(explained, program.objdump)
        covered, callers = covered + some, callers + all_of_them
        if program.libc_has_lines:
            some, all_of_them = images.hops_with_lines(explained.findings)
            located, hops = located + some, hops + all_of_them
    return found | {
        "images": len(programs),
        "images.golden": same,
        "chains.per_direct_caller": round(covered / callers, 4),
        "hops.with_location": round(located / hops, 4),
    }


def main() -> int:
    given = arguments()
    try:
        found = real_images(given.build, given.write_golden)
        if not given.images_only:
            directory = given.build / "bench" / "linkguard"
            found |= measure.speed(directory) | measure.link_overhead(directory)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 2
    matrix = given.build / "bench" / "matrix.json"
    if matrix.exists():
        found |= json.loads(matrix.read_text())
    output = given.build / "bench" / "linkguard.json"
    output.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    print(reaches.table(found, report.REACHES))
    if not given.images_only and (unmeasured := reaches.lacking(found, report.REACHES)):
        print(f"bench: error: not measured: {', '.join(unmeasured)}", file=sys.stderr)
        return 2
    return 0 if found["images.golden"] == found["images"] else 1


if __name__ == "__main__":
    sys.exit(main())

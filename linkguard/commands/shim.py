"""`linkguard shim`: make a directory for -B, so that every link is verified and explained."""

from __future__ import annotations

import argparse
from pathlib import Path

from linkguard import policy, relink, shimfiles
from linkguard.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", "-o", required=True, type=Path, metavar="DIR")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="default: the default presets")
    parser.add_argument(
        "--linker", metavar="PROGRAM", help="the real linker (default: the compiler's own)"
    )
    parser.add_argument(
        "--audit", action="store_true", help="only report: every link passes, with flags or without"
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    policy.load(arguments.policy)  # a mistake in it belongs here, not into the first link
    linker = arguments.linker and relink.find_linker("ld", None, arguments.linker)
    shimfiles.write(arguments.output, arguments.policy, linker, arguments.audit)
    print(f"gcc:    gcc -B{arguments.output} ...")
    print(f"clang:  clang -B{arguments.output} ...  (or --ld-path={arguments.output}/ld)")
    return ExitCode.CLEAN

"""`linkguard flags`: write the guard's files for a policy, and say how to use them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from linkguard import files, guardfiles, policy
from linkguard.errors import ExitCode
from linkguard.guardfiles import CONFIG, RESPONSE, SCRIPT, SECTIONS_SCRIPT, SPECS, Guard


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "inputs",
        nargs="*",
        type=Path,
        metavar="OBJECT|ARCHIVE",
        help="expand the policy's globs against the symbols of these",
    )
    parser.add_argument("--policy", type=Path, metavar="FILE", help="default: the default presets")
    parser.add_argument("--output", "-o", required=True, type=Path, metavar="DIR")
    parser.add_argument(
        "--no-script",
        dest="script",
        action="store_false",
        help="no linker script: for gold and mold, which read none of this kind, and for programs "
        "with shared libraries, which may use a definition that the script discards",
    )
    parser.add_argument(
        "--script-only",
        action="store_true",
        help="only the linker scripts, for build systems that take nothing else",
    )
    parser.add_argument(
        "--code-section",
        default=".text",
        metavar="NAME",
        help="the output section of your linker script that takes code (default: .text)",
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    rules = policy.load(arguments.policy)
    guard = guardfiles.guard_of(rules, arguments.inputs, arguments.script)
    generate = guardfiles.generate_scripts if arguments.script_only else guardfiles.generate
    found = generate(guard, arguments.output, arguments.code_section)
    for path, text in found.items():
        files.write_if_changed(path, text)
    for name in guardfiles.GATE_FILES:  # a gate that the policy has no more would still be built
        if arguments.output / name not in found:
            files.remove(arguments.output / name)
    if arguments.script_only:
        print(f"two scripts:  -T {arguments.output / SCRIPT} before -T yours")
        print(f"one script:   SECTIONS {{ INCLUDE {arguments.output / SECTIONS_SCRIPT} ... }}")
    else:
        _say(guard, rules, arguments.output)
    return ExitCode.CLEAN


def _say(guard: Guard, rules: policy.Policy, directory: Path) -> None:
    if not rules.linker_can_refuse:
        print(
            f"{rules.path}: note: [init] and [[allow]] let some callers through, and a linker "
            "cannot tell callers apart: these flags refuse nothing, verify and explain decide",
            file=sys.stderr,
        )
    for glob in guard.unwrapped_globs:
        print(
            f"{rules.path}: note: '{glob}' is a glob, which no --wrap can name: give the objects "
            "and archives of the link to expand it; the script and verify enforce it as it is",
            file=sys.stderr,
        )
    if guard.gate:
        print(f"the gate:     compile {directory / 'linkguard_gate.c'} with the firmware")
    print(f"gcc, clang:   gcc -ffunction-sections ... @{directory / RESPONSE}")
    print(f"gcc specs:    gcc ... --specs={directory / SPECS}")
    print(f"clang:        clang ... --config={directory / CONFIG}")
    print("cmake:        include(WeirLinkguard) and weir_guard(target)")

"""The outputs that documents show: made from what the tools print, never typed.

A document marks a place with `<!-- output: NAME, SYSTEM -->` before a code block. `--write` fills
it and notes the system; `--check` compares. Line numbers are not compared: they belong to versions
of third-party code. On another system than the noted one, neither are the hops in the C library.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from examples import tour
from examples.build import (
    ROOT,
    Build,
    check,
    check_interrupts,
    compile_and_link,
    must,
    readable,
    summarize,
)

DOCUMENTS = ("README.md", "checker/README.md", "linkguard/README.md")
BLOCK = re.compile(
    r"<!-- output: (?P<name>[\w-]+), (?P<system>[\w.-]+) -->\n```\n(?P<body>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
FINDING = re.compile(r"^(?=\S.*?: error: )", re.MULTILINE)


def findings(text: str) -> list[str]:
    """Each error with its notes."""
    return [part for part in FINDING.split(text) if ": error: " in part.split("\n", 1)[0]]


def diagnostics(finding: str) -> str:
    """The error and its notes, without what else was printed among them."""
    lines = [line for line in finding.splitlines() if re.search(r": (error|note): ", line)]
    return "\n".join(lines) + "\n"


def one_finding(text: str, *mentions: str) -> str:
    """The first finding that mentions all of these; a document shows one, the tools print all."""
    for finding in findings(text):
        if all(f"'{mention}'" in finding for mention in mentions):
            return diagnostics(finding)
    raise SystemExit(f"readme: error: no finding mentions {', '.join(mentions)}")


def checker_output() -> str:
    build = Build("before", "clang", armed=True)
    must(compile_and_link(build))
    return one_finding(readable(check(build, summarize("before")).text), "main", "global_hooks")


def guarded_link() -> str:
    return readable(compile_and_link(Build("before", "gcc", armed=True)).text)


def linkguard_output() -> str:
    return one_finding(guarded_link(), "_malloc_r", "printf")


def hooks_output() -> str:
    return one_finding(guarded_link(), "malloc", "global_hooks")


def interrupts_output() -> str:
    return readable(check_interrupts().text)


def tour_output(name: str) -> str:
    return tour.steps()[name]


OUTPUTS: dict[str, Callable[[], str]] = {
    "checker-before": checker_output,
    "checker-interrupts": interrupts_output,
    "linkguard-before": linkguard_output,
    "linkguard-hooks": hooks_output,
    **{name: partial(tour_output, name) for name in tour.NAMES},
}


def system() -> str:
    """The distribution, as its own file names it: `debian-12`."""
    lines = Path("/etc/os-release").read_text().splitlines()
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    return "-".join(fields.get(key, "unknown").strip('"') for key in ("ID", "VERSION_ID"))


def fill(document: str, outputs: dict[str, str], made_on: str) -> str:
    """The document with each marked block holding its output."""

    def block(match: re.Match[str]) -> str:
        name = match["name"]
        return f"<!-- output: {name}, {made_on} -->\n```\n{outputs[name]}```"

    return BLOCK.sub(block, document)


def names_used() -> set[str]:
    texts = [(ROOT / name).read_text() for name in DOCUMENTS]
    return {match["name"] for text in texts for match in BLOCK.finditer(text)}


def loose(text: str) -> list[str]:
    """Without line numbers, which another version of a third-party library would change, and types,
    which are hashes before LLVM 22."""
    return re.sub(r":\d+(:\d+)?|(?<=of type )'[^']*'", "", text).splitlines()


def own_hops(text: str) -> list[str]:
    """The hops outside the C library."""
    return [line for line in loose(text) if line.startswith(("examples/", "build/"))]


def stale_blocks(document: str, outputs: dict[str, str], here: str) -> list[str]:
    """The names of the blocks that show something else than the tools print."""
    stale = []
    for match in BLOCK.finditer(document):
        parts = loose if match["system"] == here else own_hops
        if parts(match["body"]) != parts(outputs[match["name"]]):
            stale.append(match["name"])
    return stale


def main(arguments: list[str]) -> int:
    if arguments not in (["--write"], ["--check"]):
        print("usage: python -m examples.readme --write|--check", file=sys.stderr)
        return 2
    outputs = {name: OUTPUTS[name]() for name in sorted(names_used())}
    status = 0
    for name in DOCUMENTS:
        path: Path = ROOT / name
        document = path.read_text()
        if arguments == ["--write"]:
            path.write_text(fill(document, outputs, system()))
            continue
        for block in stale_blocks(document, outputs, system()):
            print(f"{name}: error: '{block}' is not what the tools print: ./run readme rewrites it")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The outputs that documents show: made from what the tools print, never typed.

A document marks a place with `<!-- output: NAME -->` before a code block. `--write` fills it,
`--check` compares. Line numbers in third-party code belong to its version, so the check compares
them only where the versions are those the document was made with.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from examples.build import ROOT, Build, check, compile_and_link, must, readable, summarize

DOCUMENTS = ("README.md", "checker/README.md", "linkguard/README.md")
BLOCK = re.compile(
    r"(?P<mark><!-- output: (?P<name>[\w-]+) -->\n```\w*\n)(?P<body>.*?)(?P<end>^```$)",
    re.DOTALL | re.MULTILINE,
)
FINDING = re.compile(r"^(?=\S.*?: error: )", re.MULTILINE)


def findings(text: str) -> list[str]:
    """Each error with its notes."""
    return [part for part in FINDING.split(text) if ": error: " in part.split("\n", 1)[0]]


def one_finding(text: str, *mentions: str) -> str:
    """The first finding that mentions all of these; a document shows one, the tools print all."""
    for finding in findings(text):
        if all(f"'{mention}'" in finding for mention in mentions):
            lines = finding.splitlines()
            kept = [line for line in lines if re.search(r": (error|note): ", line)]
            return "\n".join(kept) + "\n"
    raise SystemExit(f"readme: error: no finding mentions {', '.join(mentions)}")


def checker_output() -> str:
    build = Build("before", "clang", armed=True)
    must(compile_and_link(build))
    return one_finding(readable(check(build, summarize("before")).text), "main", "global_hooks")


def linkguard_output() -> str:
    outcome = compile_and_link(Build("before", "gcc", armed=True))
    return one_finding(readable(outcome.text), "_malloc_r", "printf")


OUTPUTS: dict[str, Callable[[], str]] = {
    "checker-before": checker_output,
    "linkguard-before": linkguard_output,
}


def fill(document: str, outputs: dict[str, str]) -> str:
    """The document with each marked block holding its output."""
    return BLOCK.sub(lambda m: m["mark"] + outputs[m["name"]] + m["end"], document)


def names_used() -> set[str]:
    texts = [(ROOT / name).read_text() for name in DOCUMENTS if (ROOT / name).exists()]
    return {match["name"] for text in texts for match in BLOCK.finditer(text)}


def loose(text: str) -> str:
    """Without what another version of a third-party library would change."""
    return re.sub(r":\d+(:\d+)?", ":N", text)


def main(arguments: list[str]) -> int:
    if arguments not in (["--write"], ["--check"]):
        print("usage: python -m examples.readme --write|--check", file=sys.stderr)
        return 2
    outputs = {name: OUTPUTS[name]() for name in sorted(names_used())}
    stale = []
    for name in DOCUMENTS:
        path: Path = ROOT / name
        if not path.exists():
            continue
        old = path.read_text()
        new = fill(old, outputs)
        if arguments == ["--write"]:
            path.write_text(new)
        elif loose(old) != loose(new):
            stale.append(name)
    for name in stale:
        print(f"{name}: error: an output shown there is not what the tools print: ./run readme")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

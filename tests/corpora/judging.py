"""What weir-check finds in a corpus."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .building import CorpusError, Target, Tools, build_image, directory_of
from .corpus import Corpus

FINDING = re.compile(r"^(?P<place>.*): error: (?P<text>.*) \[(?P<rule>weir-[a-z-]+)\]$")
UNPROVEN = re.compile(r"weir-(unproven|unresolved)-")


@dataclass(frozen=True)
class Finding:
    text: str
    rule: str
    notes: tuple[str, ...]

    @property
    def is_proven(self) -> bool:
        return not UNPROVEN.match(self.rule)


def parse(output: str) -> list[Finding]:
    found: list[Finding] = []
    notes: list[str] = []
    for line in output.splitlines():
        if match := FINDING.match(line):
            notes = []
            found.append(Finding(match["text"], match["rule"], ()))
        else:
            notes.append(line)
            found[-1] = Finding(found[-1].text, found[-1].rule, tuple(notes))
    return found


def judge(
    tools: Tools, corpus: Corpus, variant: str, target: Target, build: Path, facts: Path
) -> list[Finding]:
    """Without malloc, the linked program; with it, the objects: the whole of the interface, less
    what the constants in the code rule out."""
    image = build_image(tools, corpus, variant, target, build)
    given: list[str | Path] = ["--policy", corpus.policy(variant), facts]
    if variant == "nomalloc":
        given.append(image)
    else:
        given += ["--refute", image.parent, *sorted(image.parent.glob("*.o"))]
    command = [tools.weir_check, *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise CorpusError(f"weir-check could not judge {corpus.name}: {done.stderr}")
    last_findings(build, corpus.name, variant, target).write_text(done.stdout)
    return parse(done.stdout)


def last_findings(build: Path, corpus: str, variant: str, target: Target) -> Path:
    """Where what weir-check said last is kept."""
    return directory_of(build, corpus, variant, target) / f"{corpus}.findings"

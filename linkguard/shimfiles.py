"""The directory that a compiler searches for `ld`: programs that run linkguard instead."""

from __future__ import annotations

import shlex
import sys
from importlib import resources
from pathlib import Path
from string import Template

import linkguard
from linkguard import files

NAMES = ("ld", "ld.bfd", "ld.lld", "ld.gold", "ld.mold")


def write(directory: Path, policy: Path | None, linker: str | None, audit: bool = False) -> None:
    """One program for each name under which a compiler asks for its linker."""
    template = Template(resources.files("linkguard.guard").joinpath("ld.in").read_text("utf-8"))
    options: list[str] = []
    if policy:
        options += ["--policy", str(policy.resolve())]
    if audit:
        options.append("--audit")
    if linker:
        options += ["--linker", linker]
    for name in NAMES:
        text = template.substitute(
            python=shlex.quote(sys.executable),
            package=shlex.quote(str(Path(linkguard.__file__).resolve().parent.parent)),
            directory=shlex.quote(str(directory.resolve())),
            name=name,
            options=shlex.join(options),
        )
        files.write_text(directory / name, text, executable=True)

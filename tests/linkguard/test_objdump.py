"""Facts against another disassembler: a branch out of a function, for objdump, is a call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from linkguard import facts
from tests.linkguard.conftest import Outcome
from tests.linkguard.toolchains import NANO, NEWLIB, PICOLIBC, RISCV, Toolchain, must

Run = Callable[..., Outcome]

MEMBER = re.compile(r"^(\S+): +file format elf")
HEADER = re.compile(r"^[0-9a-f]+ <(.+)>:$")
BRANCH = re.compile(r"^ *[0-9a-f]+:\t[0-9a-f ]+\t(\S+)(.*)$")
RELOCATION = re.compile(r"^\t+ *[0-9a-f]+: (R_\w+)\t(\S+?)([+-]0x[0-9a-f]+)?$")
DIRECT = re.compile(
    r"(blx?|b(eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|hs|lo)?|bl(eq|ne|cs|cc|mi|pl|hi|ls|ge|lt|gt|le))"
    r"(\.[nw])?|cbn?z|jal|j|(b(eq|ne|lt|ge|ltu|geu|gt|le|gtu|leu)z?)|auipc"
)
BRANCH_RELOCATIONS = re.compile(
    r"R_ARM_(THM_)?(CALL|JUMP\d+|PC\d+|PLT32)|R_RISCV_(CALL(_PLT)?|JAL|BRANCH|RVC_JUMP|RVC_BRANCH)"
)


class Branch(NamedTuple):
    member: str
    caller: str
    callee: str


def listed(text: str, known: dict[str, set[str]]) -> Iterator[Branch]:
    """The branches out of functions in objdump's listing; labels belong to the function before."""
    member = caller = ""
    pending = ""  # where the last branch goes, as far as it can be told without its relocation
    for line in text.splitlines():
        if found := MEMBER.match(line):
            member, caller, pending = found[1], "", ""
        elif found := HEADER.match(line):
            caller = found[1] if found[1] in known.get(member, ()) else caller
        elif found := RELOCATION.match(line):
            if BRANCH_RELOCATIONS.fullmatch(found[1]) and found[2] in known.get(member, ()):
                yield Branch(member, caller, found[2])
            pending = ""
        else:
            if pending:
                yield Branch(member, caller, pending)
            pending = ""
            if (found := BRANCH.match(line)) and DIRECT.fullmatch(found[1]):
                target = re.search(r"<(.+?)(\+0x[0-9a-f]+)?>", found[2])
                if target and target[1] in known.get(member, ()):
                    pending = target[1]


@pytest.mark.parametrize("library", ["libc.a", "libgcc.a"])
@pytest.mark.parametrize("toolchain", [NEWLIB, NANO, PICOLIBC, RISCV], ids=lambda t: t.name)
def test_every_branch_that_objdump_lists_is_a_call(
    linkguard: Run, tmp_path: Path, toolchain: Toolchain, library: str
) -> None:
    toolchain.require()
    name = "libc_nano.a" if toolchain is NANO and library == "libc.a" else library
    archive = toolchain.library(name)
    if not archive.is_file():
        archive = Path(
            must(toolchain.compiler, *toolchain.flags, f"-print-file-name={name}").strip()
        )
    if not archive.is_file():
        pytest.skip(f"{name} is not installed")
    output = tmp_path / "library.facts"
    assert linkguard("summarize", archive, "--output", output).status == 0

    calls: set[Branch] = set()
    known: dict[str, set[str]] = {}
    for unit in facts.read(output.read_bytes(), str(output)):
        member = unit.name.partition("(")[2].partition(")")[0]
        names = {i: {function.name} for i, function in enumerate(unit.functions)}
        for alias in unit.aliases:
            names[alias.target].add(unit.functions[alias.alias].name)
        known.setdefault(member, set()).update(f.name for f in unit.functions)
        for call in unit.calls:
            calls.update(
                Branch(member, caller, callee)
                for caller in names[call.caller]
                for callee in names[call.callee]
            )
        # A branch back to the start of its own function leaves nothing.
        calls.update(Branch(member, a, b) for here in names.values() for a in here for b in here)

    branches = list(listed(must(f"{toolchain.binutils}objdump", "-dr", archive), known))

    assert branches
    assert not sorted({branch for branch in branches if branch not in calls})

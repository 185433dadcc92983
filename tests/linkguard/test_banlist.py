"""The presets against the C libraries themselves: what takes memory there must be banned.

No list of functions stands here. A library's own code says which of its functions reach the
system break; those among them that are named for giving memory out must be in the presets.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from pathlib import Path

import pytest

from linkguard import banlist, facts, policy
from linkguard.commands.summarize import summarize_file
from linkguard.facts import FunctionFlag
from tests.linkguard.toolchains import HOST, NANO, NEWLIB, PICOLIBC, RISCV, must, need

GIVES_MEMORY = re.compile(r"_?(\w*alloc(array|f)?|\w*memalign|(str|strn|wcs)dup|v?asn?i?printf)(_r)?")
SYSTEM_BREAK = ("sbrk", "_sbrk", "_sbrk_r", "__sbrk", "mmap", "__mmap")
# In the libraries' own name space, or not about heap memory at all.
NOT_FOR_CALLERS = re.compile(r"__\w+|_[A-Z]\w+|_dl_\w+|(posix_)?fallocate|inet6_option_alloc")
LIBRARIES = [
    (NANO, "libc_nano.a"),
    (NEWLIB, "libc.a"),
    (PICOLIBC, "libc.a"),
    (RISCV, "libc.a"),
    (HOST, "libc.a"),
]


def memory_givers(library: Path) -> set[str]:
    callers: dict[str, set[str]] = defaultdict(set)
    public: set[str] = set()
    for unit in facts.read(summarize_file(library, None), str(library)):
        names = [
            f"{unit.name}:{f.name}" if f.flags & FunctionFlag.LOCAL else f.name
            for f in unit.functions
        ]
        for call in unit.calls:
            callers[names[call.callee]].add(names[call.caller])
        for alias in unit.aliases:
            callers[names[alias.target]].add(names[alias.alias])
            callers[names[alias.alias]].add(names[alias.target])
        defined = FunctionFlag.DEFINED
        public |= {n for n, f in zip(names, unit.functions, strict=True) if f.flags & defined}
    reached = set(SYSTEM_BREAK)
    queue = deque(reached)
    while queue:
        for caller in callers[queue.popleft()] - reached:
            reached.add(caller)
            queue.append(caller)
    return {
        name
        for name in reached & public
        if GIVES_MEMORY.fullmatch(name) and not NOT_FOR_CALLERS.fullmatch(name)
    }


@pytest.mark.parametrize(
    ("toolchain", "library"), LIBRARIES, ids=[f"{t.name}-{name}" for t, name in LIBRARIES]
)
def test_every_function_that_gives_memory_is_banned(toolchain, library) -> None:  # type: ignore[no-untyped-def]
    toolchain.require()
    givers = memory_givers(toolchain.library(library))
    assert {"malloc", "calloc", "strdup"} <= givers
    rules = policy.load(None)
    assert sorted(name for name in givers if not rules.bans(name)) == []


def test_every_operator_new_is_banned() -> None:
    need("g++", "nm")
    library = must("g++", "-print-file-name=libstdc++.a").strip()
    defined = {
        line.split()[-1] for line in must("nm", "--defined-only", library).splitlines() if line
    }
    operators = {name for name in defined if re.match(r"_Zn[wa][mj]", name)}
    assert len(operators) >= 8
    rules = policy.load(None)
    assert sorted(name for name in operators if not rules.bans(name)) == []
    narrow = {re.sub(r"^(_Zn[wa])m", r"\1j", name) for name in operators}
    assert sorted(name for name in narrow if not rules.bans(name)) == []


def test_presets_include_one_another_once() -> None:
    text = """version = 1
[a]
summary = "a"
functions = ["one"]
includes = ["b"]
[b]
summary = "b"
functions = ["two", "one"]
includes = ["a"]
"""
    assert banlist.parse(text).functions_of("a") == ("one", "two")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version = 2", "version 2"),
        ('version = 1\n[a]\nsummary = ""\nfunctions = []\nincludes = ["z"]', "includes 'z'"),
    ],
)
def test_a_wrong_ban_list_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        banlist.parse(text)

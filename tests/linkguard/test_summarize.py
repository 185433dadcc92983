"""Facts of real libraries: the paths that a solver must be able to follow."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable
from pathlib import Path

import pytest

from linkguard import facts
from linkguard.facts import AddressFlag, CallFlag, FunctionFlag, SiteFlag, Unit
from tests.linkguard.conftest import Outcome
from tests.linkguard.toolchains import (
    FIXTURES,
    HOST,
    NANO,
    NEWLIB,
    PICOLIBC,
    RISCV,
    Toolchain,
    must,
)

Run = Callable[..., Outcome]


def units_of(linkguard: Run, output: Path, *inputs: Path) -> list[Unit]:
    outcome = linkguard("summarize", *inputs, "--output", output)
    assert outcome.status == 0, outcome.err
    return list(facts.read(output.read_bytes(), str(output)))


def reaches(units: list[Unit], start: str, goal: str) -> bool:
    calls: dict[str, set[str]] = defaultdict(set)
    for unit in units:
        names = [
            f"{unit.name}:{f.name}" if f.flags & FunctionFlag.LOCAL else f.name
            for f in unit.functions
        ]
        for call in unit.calls:
            calls[names[call.caller]].add(names[call.callee])
        for alias in unit.aliases:
            calls[names[alias.alias]].add(names[alias.target])
    seen, queue = {start}, deque([start])
    while queue:
        for callee in calls[queue.popleft()] - seen:
            seen.add(callee)
            queue.append(callee)
    return goal in seen


@pytest.mark.parametrize(
    ("toolchain", "library", "start", "expected"),
    [
        (NANO, "libc_nano.a", "printf", True),
        (NEWLIB, "libc.a", "printf", True),
        (NEWLIB, "libc.a", "snprintf", True),
        (NANO, "libc_nano.a", "memcpy", False),
        (NEWLIB, "libc.a", "qsort", False),
    ],
)
def test_what_reaches_malloc(
    linkguard: Run, tmp_path: Path, toolchain: Toolchain, library: str, start: str, expected: bool
) -> None:
    toolchain.require()
    units = units_of(linkguard, tmp_path / "f", toolchain.library(library))
    assert reaches(units, start, "_malloc_r") == expected


@pytest.mark.parametrize("toolchain", [PICOLIBC, RISCV], ids=lambda t: t.name)
def test_picolibc_prints_without_malloc(
    linkguard: Run, tmp_path: Path, toolchain: Toolchain
) -> None:
    toolchain.require()
    units = units_of(linkguard, tmp_path / "f", toolchain.library())
    assert not reaches(units, "printf", "malloc")
    assert reaches(units, "fopen", "malloc")


def test_the_facts_of_one_object(linkguard: Run, tmp_path: Path) -> None:
    NANO.require()
    path = NANO.compile(FIXTURES / "hooks.c", tmp_path / "hooks.o", "-Os")
    (unit,) = units_of(linkguard, tmp_path / "f", path)
    names = [function.name for function in unit.functions]
    assert unit.name == str(path) and unit.triple == "arm-none-eabi"
    parse = unit.functions[names.index("hooks_parse")]
    assert parse.flags == FunctionFlag.DEFINED and parse.location.line == 21
    taken = {(names[a.function], a.holder, a.flags) for a in unit.addresses}
    static = AddressFlag.STATIC | AddressFlag.UNTYPED
    assert taken == {("malloc", "global_hooks", static), ("free", "global_hooks", static)}
    (site,) = unit.sites
    assert names[site.caller] == "hooks_parse" and site.flags == SiteFlag.NONE
    assert site.location.line == 9


def test_flags_of_functions(linkguard: Run, tmp_path: Path) -> None:
    HOST.require()
    source = tmp_path / "f.c"
    source.write_text(
        "void callee(void);\nvoid maybe(void) __attribute__((weak));\n"
        "__attribute__((constructor)) static void early(void) { callee(); }\n"
        "__attribute__((weak)) void soft(void) { callee(); }\n"
        "__attribute__((noinline)) static void inner(void) { callee(); callee(); }\n"
        "void outer(void) { if (maybe) maybe(); inner(); callee(); }\n"
        'void twin(void) __attribute__((alias("outer")));\n'
    )
    (unit,) = units_of(
        linkguard,
        tmp_path / "x",
        HOST.compile(source, tmp_path / "f.o", "-O1", "-fno-function-sections"),
    )
    flags = {function.name: function.flags for function in unit.functions}
    defined, local = FunctionFlag.DEFINED, FunctionFlag.LOCAL
    assert flags == {
        "early": defined | local | FunctionFlag.CONSTRUCTOR,
        "soft": defined | FunctionFlag.WEAK,
        "inner": defined | local,
        "outer": defined,
        "twin": defined,
        "callee": FunctionFlag(0),
        "maybe": FunctionFlag.WEAK,
    }
    names = [function.name for function in unit.functions]
    assert [(names[a.alias], names[a.target]) for a in unit.aliases] == [("outer", "twin")]
    inferred = [c for c in unit.calls if c.flags & CallFlag.INFERRED]
    assert [(names[c.caller], names[c.callee]) for c in inferred] == [("twin", "inner")]


def test_code_that_is_no_code_is_an_opaque_site(linkguard: Run, tmp_path: Path) -> None:
    HOST.require()
    source = tmp_path / "o.s"
    source.write_text(".text\n.type f,@function\nf: .byte 0x06\n ret\n.size f, .-f\n")
    output = tmp_path / "o.o"
    must("gcc", "-c", source, "-o", output)
    (unit,) = units_of(linkguard, tmp_path / "x", output)
    assert [site.flags for site in unit.sites] == [SiteFlag.OPAQUE]


def test_addresses_of_data_are_not_functions(linkguard: Run, tmp_path: Path) -> None:
    """_impure_ptr is another member's data: nothing may call it."""
    NEWLIB.require()
    units = units_of(linkguard, tmp_path / "f", NEWLIB.library())
    assert not any(f.name == "_impure_ptr" for unit in units for f in unit.functions)


def test_members_of_one_name_stay_apart(linkguard: Run, tmp_path: Path) -> None:
    HOST.require()
    library = tmp_path / "l.a"
    for directory in ("a", "b"):
        (tmp_path / directory).mkdir()
        HOST.compile(FIXTURES / "cases" / "clean.c", tmp_path / directory / "x.o")
        must("ar", "qc", library, tmp_path / directory / "x.o")
    units = units_of(linkguard, tmp_path / "f", library)
    assert [unit.name for unit in units] == ["l.a(x.o)", "l.a(x.o)#2"]


def test_the_cache_gives_the_same_bytes(linkguard: Run, tmp_path: Path) -> None:
    NANO.require()
    library, cache = NANO.library("libc_nano.a"), tmp_path / "cache"
    outputs = []
    for name in ("cold", "warm", "damaged"):
        if name == "damaged":
            next(cache.iterdir()).write_bytes(b"weirfact")
        arguments = (library, "--cache", cache, "-o", tmp_path / name)
        assert linkguard("summarize", *arguments).status == 0
        outputs.append((tmp_path / name).read_bytes())
    assert outputs[0] == outputs[1] == outputs[2]
    assert len(list(cache.iterdir())) == 1


def test_the_cache_knows_the_members_of_a_thin_archive(linkguard: Run, tmp_path: Path) -> None:
    """Of them the archive itself has only names and sizes, and here both stay."""
    NANO.require()
    source, member, thin = (tmp_path / name for name in ("a.c", "a.o", "thin.a"))
    facts = []
    for callee in ("malloc", "sbrk_a"):
        source.write_text(f"void *{callee}(unsigned); void *a(void) {{ return {callee}(4); }}\n")
        must("arm-none-eabi-gcc", *NANO.flags, "-Os", "-c", source, "-o", member)
        member.write_bytes(member.read_bytes().ljust(2000, b"\0"))
        must("arm-none-eabi-ar", "rcsTD", thin, member)
        for cache in (("--cache", tmp_path / "cache"), ()):
            assert linkguard("summarize", thin, *cache, "-o", tmp_path / "facts").status == 0
            facts.append((tmp_path / "facts").read_bytes())
    assert facts[0] == facts[1] != facts[2] == facts[3]


def test_a_libc_takes_no_longer_than_a_link(linkguard: Run, tmp_path: Path) -> None:
    NANO.require()
    start = time.monotonic()
    units_of(linkguard, tmp_path / "f", NANO.library("libc_nano.a"))
    assert time.monotonic() - start < 10  # seconds; 0.3 on an idle machine


def assembled(toolchain: Toolchain, directory: Path, name: str, text: str) -> Path:
    toolchain.require()
    source = directory / f"{name}.s"
    source.write_text(text)
    return toolchain.compile(source, directory / f"{name}.o")


def test_a_call_is_kept_although_another_member_defines_the_name_as_a_number(
    linkguard: Run, tmp_path: Path
) -> None:
    """Functions in ROM are absolute symbols; and a name that is data here is code elsewhere."""
    rom = assembled(NANO, tmp_path, "rom", ".globl rom_malloc\nrom_malloc = 0x1001\n")
    text = ".thumb\n.text\n.globl start\n.thumb_func\nstart:\n bl rom_malloc\n bl both\n bx lr\n"
    text += ".data\n.word rom_malloc\n"
    user = assembled(NANO, tmp_path, "user", text)
    data = assembled(
        NANO, tmp_path, "data", ".data\n.globl both\n.type both, %object\nboth: .word 0\n"
    )
    archive = tmp_path / "lib.a"
    must("arm-none-eabi-ar", "rc", archive, rom, user, data)
    units = units_of(linkguard, tmp_path / "lib.facts", archive)
    assert reaches(units, "start", "rom_malloc")
    assert reaches(units, "start", "both")
    taken = [u.functions[a.function].name for u in units for a in u.addresses]
    assert "rom_malloc" in taken


def test_an_address_inside_nameless_code_is_taken(linkguard: Run, tmp_path: Path) -> None:
    """Where a library lost its local names, a table still points at its functions."""
    text = """
        .text
        nop
        nop
    nameless:
        call malloc
        ret
        .globl api
        .type api, @function
    api: ret
        .size api, . - api
        .data
        .globl table
        .type table, @object
    table: .quad nameless
        .size table, 8
    """
    member = assembled(HOST, tmp_path, "vendor", text)
    must("strip", "-x", member)
    (unit,) = units_of(linkguard, tmp_path / "vendor.facts", member)
    taken = [(unit.functions[a.function].name, a.holder) for a in unit.addresses]
    assert taken == [(".text", "table")]
    assert reaches([unit], ".text", "malloc") or reaches([unit], f"{unit.name}:.text", "malloc")


@pytest.mark.parametrize("named", [True, False])
def test_an_ifunc_is_another_name_of_its_resolver(
    linkguard: Run, tmp_path: Path, named: bool
) -> None:
    """Whichever name of the address is first, also where the resolver has lost its own."""
    source = tmp_path / "ifunc.c"
    source.write_text(
        "static int one(int x) { return x + 1; }\n"
        "int two(int x);\n"
        "static int (*choose(void))(int) { return two(0) ? one : two; }\n"
        'int pick(int) __attribute__((ifunc("choose")));\n'
    )
    output = tmp_path / "ifunc.o"
    must("gcc", "-O2", "-c", source, "-o", output)
    if not named:
        must("objcopy", "--strip-symbol=choose", output)
    (unit,) = units_of(linkguard, tmp_path / "ifunc.facts", output)
    (alias,) = [a for a in unit.aliases if unit.functions[a.alias].name == "pick"]
    resolver = unit.functions[alias.target]
    assert alias.flags == facts.AliasFlag.IFUNC
    assert resolver.flags & FunctionFlag.LOCAL
    assert resolver.name == ("choose" if named else "pick.resolver")
    held = {unit.functions[a.function].name for a in unit.addresses if a.holder == resolver.name}
    assert held == {"one", "two"}

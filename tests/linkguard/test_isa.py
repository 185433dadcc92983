"""The hand-written decoders against capstone, over every function of real libraries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import capstone
import pytest

from linkguard import archive
from linkguard.code import Layout
from linkguard.elf import Elf
from linkguard.isa import arm, riscv, thumb, x86
from linkguard.isa.flow import Decoded, Event, Flow
from tests.linkguard.toolchains import NANO, PICOLIBC, RISCV, Toolchain, must

DIRECT = (Flow.CALL, Flow.JUMP)
INDIRECT = (Flow.INDIRECT_CALL, Flow.INDIRECT_JUMP, Flow.INDEXED_JUMP)


def stretches(library: Path, kinds: str) -> list[tuple[bytes, int, str]]:
    found = []
    for member in archive.members(library.read_bytes(), library):
        file = Elf(member.data, member.name)
        layout = Layout(file)
        for entity in layout.entities:
            if not entity.is_function or not entity.has_size:
                continue
            section = file.sections[entity.section]
            base = layout.bases[section.number]
            data = file.bytes_of(section)
            for begin, end, kind in layout.spans(entity):
                if kind in kinds:
                    found.append((data[begin - base : end - base], begin, kind))
    return found


def reference(engine: capstone.Cs, code: bytes, base: int) -> tuple[set[tuple[int, int]], set[int]]:
    """Capstone's view: direct branches with their targets, and calls through registers."""
    direct: set[tuple[int, int]] = set()
    calls: set[int] = set()
    for instruction in engine.disasm(code, base):
        branches = any(
            group in instruction.groups
            for group in (
                capstone.CS_GRP_CALL,
                capstone.CS_GRP_JUMP,
                capstone.CS_GRP_BRANCH_RELATIVE,
            )
        )
        name = instruction.mnemonic
        operand = instruction.op_str.split(", ")[-1]
        if (branches or name in ("cbz", "cbnz")) and operand.startswith(("#", "0x", "-")):
            direct.add((instruction.address, int(operand.lstrip("#"), 0)))
        elif name in ("blx", "c.jalr") or (name == "jalr" and not operand.startswith("zero")):
            calls.add(instruction.address)
    return direct, calls


def ours(decoded: Decoded) -> tuple[set[tuple[int, int]], set[int]]:
    direct = {(e.address, e.target) for e in decoded.events if e.flow in DIRECT}
    return direct, {e.address for e in decoded.events if e.flow == Flow.INDIRECT_CALL}


@pytest.mark.parametrize(("toolchain", "name"), [(NANO, "libc_nano.a"), (PICOLIBC, "libc.a")])
def test_thumb_branches_are_those_of_capstone(toolchain: Toolchain, name: str) -> None:
    toolchain.require()
    engine = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    engine.detail = True
    count = 0
    for code, base, _ in stretches(toolchain.library(name), "t"):
        expected, calls = reference(engine, code, base)
        found = ours(thumb.decode(code, base))
        assert found[0] == expected
        assert found[1] == calls
        count += len(expected)
    assert count > 5000


def test_arm_branches_are_those_of_capstone() -> None:
    NANO.require()
    library = Path(must("arm-none-eabi-gcc", "-marm", "-print-file-name=libc.a").strip())
    engine = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_ARM)
    engine.detail = True
    count = 0
    for code, base, _ in stretches(library, "a"):
        expected, _ = reference(engine, code, base)
        assert ours(arm.decode(code, base))[0] == expected
        count += len(expected)
    assert count > 5000


def test_riscv_calls_through_registers_are_those_of_capstone() -> None:
    RISCV.require()
    engine = capstone.Cs(capstone.CS_ARCH_RISCV, capstone.CS_MODE_RISCV32 | capstone.CS_MODE_RISCVC)
    count = 0
    for code, base, _ in stretches(RISCV.library(), "x"):
        lengths = {i.address: i.size for i in engine.disasm(code, base)}
        decoded = riscv.decode(code, base, is64=False)
        for event in decoded.events:
            assert event.flow != Flow.UNKNOWN
            assert event.address in lengths
        count += len(decoded.events)
    assert count > 5000


def thumb_of(*halves: int) -> Decoded:
    return thumb.decode(b"".join(half.to_bytes(2, "little") for half in halves), 0x1000)


def words_of(decode: Callable[[bytes, int], Decoded], *words: int) -> Decoded:
    return decode(b"".join(word.to_bytes(4, "little") for word in words), 0x1000)


@pytest.mark.parametrize(
    ("halves", "event"),
    [
        ((0xE7FE,), Event(0x1000, 2, Flow.JUMP, 0x1000)),  # b.n .
        ((0xD0FE,), Event(0x1000, 2, Flow.JUMP, 0x1000)),  # beq.n .
        ((0xF7FF, 0xFFFE), Event(0x1000, 4, Flow.CALL, 0x1000)),  # bl .
        ((0xF7FF, 0xEFFE), Event(0x1000, 4, Flow.CALL, 0x1000)),  # blx .
        ((0xF7FF, 0xBFFE), Event(0x1000, 4, Flow.JUMP, 0x1000)),  # b.w .
        ((0xF43F, 0xAFFE), Event(0x1000, 4, Flow.JUMP, 0x1000)),  # beq.w .
        ((0x4798,), Event(0x1000, 2, Flow.INDIRECT_CALL)),  # blx r3
        ((0x479C,), Event(0x1000, 2, Flow.INDIRECT_CALL)),  # blxns r3
        ((0x4718,), Event(0x1000, 2, Flow.INDIRECT_JUMP)),  # bx r3
        ((0x4714,), Event(0x1000, 2, Flow.INDIRECT_JUMP)),  # bxns r2
        ((0xF8DC, 0xF000), Event(0x1000, 4, Flow.INDIRECT_JUMP)),  # ldr.w pc, [ip]
        ((0xF853, 0xF022), Event(0x1000, 4, Flow.INDEXED_JUMP)),  # ldr.w pc, [r3, r2, lsl #2]
        ((0xA001,), Event(0x1000, 2, Flow.ADDRESS, 0x1008)),  # adr r0, +4
        ((0xF20F, 0x0004), Event(0x1000, 4, Flow.ADDRESS, 0x1008)),  # adr.w r0, +4
        ((0xF2AF, 0x0004), Event(0x1000, 4, Flow.ADDRESS, 0x1000)),  # adr.w r0, -4
        ((0xF000,), Event(0x1000, 2, Flow.UNKNOWN)),  # half of an instruction
    ],
)
def test_thumb_instructions(halves: tuple[int, ...], event: Event) -> None:
    assert thumb_of(*halves).events == [event]


@pytest.mark.parametrize(
    "halves",
    [
        (0x4770,),  # bx lr
        (0x4774,),  # bxns lr
        (0xBD10,),  # pop {r4, pc}
        (0xF85D, 0xFB04),  # ldr.w pc, [sp], #4
        (0xE8BD, 0x8010),  # ldmia.w sp!, {r4, pc}
        (0xBC08, 0x4718),  # pop {r3}; bx r3
        (0xE8DF, 0xF001),  # tbb [pc, r1]
        (0x4770, 0xBF00),  # bx lr; nop
    ],
)
def test_thumb_returns_and_switches_reach_nothing(halves: tuple[int, ...]) -> None:
    assert thumb_of(*halves) == Decoded([], falls_through=False)


def test_a_conditional_return_runs_on() -> None:
    assert thumb_of(0xBF08, 0x4770).falls_through  # it eq; bxeq lr
    assert thumb_of(0xBF00).falls_through


@pytest.mark.parametrize(
    ("word", "event"),
    [
        (0xEBFFFFFE, Event(0x1000, 4, Flow.CALL, 0x1000)),
        (0xEAFFFFFE, Event(0x1000, 4, Flow.JUMP, 0x1000)),
        (0xFAFFFFFE, Event(0x1000, 4, Flow.CALL, 0x1000)),  # blx .
        (0xE12FFF33, Event(0x1000, 4, Flow.INDIRECT_CALL)),
        (0xE12FFF13, Event(0x1000, 4, Flow.INDIRECT_JUMP)),
        (0xE59CF000, Event(0x1000, 4, Flow.INDIRECT_JUMP)),  # ldr pc, [ip]
        (0xE79FF102, Event(0x1000, 4, Flow.INDEXED_JUMP)),  # ldr pc, [pc, r2, lsl #2]
        (0xE28F0004, Event(0x1000, 4, Flow.ADDRESS, 0x100C)),  # adr r0, +4
    ],
)
def test_arm_instructions(word: int, event: Event) -> None:
    assert words_of(arm.decode, word).events == [event]


@pytest.mark.parametrize("word", [0xE12FFF1E, 0xE1A0F00E, 0xE8BD8010, 0xE49DF004, 0xE08FF102])
def test_arm_returns_and_switches_reach_nothing(word: int) -> None:
    assert words_of(arm.decode, word) == Decoded([], falls_through=False)


def riscv_of(*words: tuple[int, int]) -> Decoded:
    code = b"".join(word.to_bytes(size, "little") for word, size in words)
    return riscv.decode(code, 0x1000, is64=False)


@pytest.mark.parametrize(
    ("words", "event"),
    [
        ([(0x000000EF, 4)], Event(0x1000, 4, Flow.CALL, 0x1000)),  # jal .
        ([(0x0000006F, 4)], Event(0x1000, 4, Flow.JUMP, 0x1000)),  # j .
        ([(0xA001, 2)], Event(0x1000, 2, Flow.JUMP, 0x1000)),  # c.j .
        ([(0x2001, 2)], Event(0x1000, 2, Flow.CALL, 0x1000)),  # c.jal .
        ([(0xFC0500E3, 4)], Event(0x1000, 4, Flow.JUMP, 0xFC0 - 0x1000 + 0x1000)),
        ([(0x9782, 2)], Event(0x1000, 2, Flow.INDIRECT_CALL)),  # c.jalr a5
        ([(0x8782, 2)], Event(0x1000, 2, Flow.INDIRECT_JUMP)),  # c.jr a5
        ([(0x00000097, 4), (0x010080E7, 4)], Event(0x1000, 8, Flow.CALL, 0x1010)),
        ([(0x00000317, 4), (0x01030067, 4)], Event(0x1000, 8, Flow.JUMP, 0x1010)),
        ([(0x0000001F, 4)], Event(0x1000, 4, Flow.UNKNOWN)),
    ],
)
def test_riscv_instructions(words: list[tuple[int, int]], event: Event) -> None:
    assert riscv_of(*words).events == [event]


def test_riscv_returns_and_switches() -> None:
    assert riscv_of((0x8082, 2)) == Decoded([], falls_through=False)  # ret
    assert riscv_of((0x00028067, 4)) == Decoded([], falls_through=False)  # jr t0
    assert riscv_of((0x078A, 2), (0x8782, 2)).events[0].flow == Flow.INDEXED_JUMP  # slli, jr


@pytest.mark.parametrize(
    ("op", "flows", "falls_through"),
    [
        (0xA006, [Flow.INDIRECT_JUMP], False),  # cm.jt 1
        (0xA082, [Flow.INDIRECT_CALL], True),  # cm.jalt 32
        (0xA3FE, [Flow.INDIRECT_CALL], True),  # cm.jalt 255
        (0xBE52, [], False),  # cm.popret {ra, s0}, 16
        (0xBC42, [], False),  # cm.popretz {ra}, 16
        (0xB842, [], True),  # cm.push {ra}, -16
        (0xBA42, [], True),  # cm.pop {ra}, 16
    ],
)
def test_riscv_tables_and_pops(op: int, flows: list[Flow], falls_through: bool) -> None:
    """Only where the file says so: the same bits store doubles on other cores (c.fsdsp)."""
    code = op.to_bytes(2, "little")
    decoded = riscv.decode(code, 0x1000, is64=False, zcm=True)
    assert [event.flow for event in decoded.events] == flows
    assert decoded.falls_through == falls_through
    assert riscv.decode(code, 0x1000, is64=False) == Decoded([], falls_through=True)


@pytest.mark.parametrize(
    ("code", "event"),
    [
        ("e8fbffffff", Event(0x1000, 5, Flow.CALL, 0x1000)),
        ("ebfe", Event(0x1000, 2, Flow.JUMP, 0x1000)),
        ("0f84faffffff", Event(0x1000, 6, Flow.JUMP, 0x1000)),
        ("ffd0", Event(0x1000, 2, Flow.INDIRECT_CALL)),
        ("ffe0", Event(0x1000, 2, Flow.INDIRECT_JUMP)),
        ("3effe0", Event(0x1000, 3, Flow.INDEXED_JUMP)),  # notrack jmp
        ("488d0500000000", Event(0x1000, 7, Flow.ADDRESS, 0x1007)),
        ("06", Event(0x1000, 1, Flow.UNKNOWN)),
    ],
)
def test_x86_instructions(code: str, event: Event) -> None:
    assert x86.decode(bytes.fromhex(code), 0x1000).events == [event]


def test_x86_ends() -> None:
    assert not x86.decode(bytes.fromhex("c3660f1f440000"), 0).falls_through  # ret, then padding
    assert not x86.decode(bytes.fromhex("f3c3"), 0).falls_through  # rep ret
    assert x86.decode(bytes.fromhex("90"), 0).falls_through
    for zeros in range(1, 8):  # mold's padding, behind a jump and behind a mov that ends in zeros
        jump = x86.decode(bytes.fromhex("e977ffffff") + bytes(zeros), 0x1000)
        assert jump == Decoded([Event(0x1000, 5, Flow.JUMP, 0xF7C)], falls_through=False)
        move = x86.decode(bytes.fromhex("b801000000") + bytes(zeros), 0x1000)
        assert move == Decoded([], falls_through=True)

"""x86-64, by capstone: instructions of any length need a full disassembler."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

from linkguard.isa.flow import Decoded, Event, Flow

if TYPE_CHECKING:
    import capstone

SCALE_WINDOW = 10  # instructions between a load with a scaled index and the jump through it
ENDS = ("ret", "ud2", "hlt", "iretq", "int3", "syscall", "jmp")
RIP_RELATIVE = re.compile(r"\[rip(?: ([+-]) (0x[0-9a-f]+|\d+))?\]")


RELATIVE = frozenset((2, 4, 9, 41, 42))  # relocations that count from the place
ABSOLUTE = frozenset((1, 10, 11))
SLOTS = frozenset((9, 41, 42))  # of the global offset table
PREFIXES = frozenset(
    (0x26, 0x2E, 0x36, 0x3E, *range(0x40, 0x50), 0x64, 0x65, 0x66, 0x67, 0xF2, 0xF3)
)
CALL, JUMP, RETURN, HALT = 0xE8, 0xE9, 0xC3, 0xF4
EPILOGUE = frozenset((0xC9, *range(0x58, 0x60)))  # leave, pop
TRAP = 0x0F, 0x0B


PLAIN_MOVES = frozenset((0x88, 0x89, 0x8A, 0x8B, 0x8D))  # without an immediate operand
GROUP, CALL_THROUGH, JUMP_THROUGH = 0xFF, 0x15, 0x25


class Form(IntEnum):
    """What the instruction around a relocated place is."""

    CALL = 0
    JUMP = 1
    ADDRESS = 2  # makes, loads or holds the address
    UNCLEAR = 3  # only a disassembler can say


UNCLEAR = Form.UNCLEAR, 0


def form_of(code: bytes, place: int, type: int, addend: int | None) -> tuple[Form, int]:
    """The instruction by the bytes before a relocated place in it, and how many belong to it."""
    if type in ABSOLUTE:
        return Form.ADDRESS, 0
    if type not in RELATIVE or place < 3:
        return UNCLEAR
    first, before, last = code[place - 3 : place]
    if last & 0xC7 == 5 and before != GROUP:  # relative to rip
        return (Form.ADDRESS, 0) if addend == -4 or before in PLAIN_MOVES else UNCLEAR
    return _branch(first, before, last, type) if addend == -4 else UNCLEAR


def _branch(first: int, before: int, last: int, type: int) -> tuple[Form, int]:
    if last in (CALL, JUMP) and before not in PREFIXES:
        return (Form.CALL if last == CALL else Form.JUMP), 1
    if first in PREFIXES:
        return UNCLEAR
    if last & 0xF0 == 0x80 and before == 0x0F:
        return Form.JUMP, 2
    if before == GROUP and type in SLOTS and last in (CALL_THROUGH, JUMP_THROUGH):
        return (Form.CALL if last == CALL_THROUGH else Form.JUMP), 2
    return UNCLEAR


def surely_ends(code: bytes, relocated: int) -> bool:
    """Whether a function ends in a return, a trap, or a branch whose place is relocated.

    `relocated` is the last place that is, before the code when none is. The last byte may belong to
    an operand: it does not right behind a relocated place, nor behind what epilogues end in.
    """
    if len(code) < 5:
        return False
    behind = len(code) - (relocated + 4)
    before, last = code[-2:]
    if not behind:
        return code[-5] in (CALL, JUMP)
    if behind == 1:
        return last in (RETURN, HALT)
    return behind > 1 and ((last == RETURN and before in EPILOGUE) or (before, last) == TRAP)


@cache
def _engine() -> capstone.Cs:
    import capstone  # its tables take longest to load, and other machines need none of them

    return capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)


def decode(code: bytes, base: int) -> Decoded:
    """Decode a stretch of x86-64 code that is loaded at `base`."""
    events: list[Event] = []
    scaled = -SCALE_WINDOW
    ends = False
    covered = 0
    instructions = _engine().disasm_lite(code, base)
    for count, (address, size, mnemonic, operands) in enumerate(instructions, start=1):
        covered = address + size - base
        operation = mnemonic.rpartition(" ")[2]  # without bnd, rep, lock
        if operation == "call":
            events.append(_transfer(address, size, operands, Flow.CALL, Flow.INDIRECT_CALL))
        elif operation[0] == "j" or operation.startswith("loop"):
            # notrack: the compiler marks its switches where indirect branches are tracked
            indexed = "*" in operands or count - scaled <= SCALE_WINDOW or mnemonic != operation
            through = Flow.INDEXED_JUMP if indexed else Flow.INDIRECT_JUMP
            events.append(_transfer(address, size, operands, Flow.JUMP, through))
        elif "[" in operands:
            scaled = count if "*" in operands else scaled
            _address(address, size, operands, events)
        # Padding leaves open whether the code before it ended; mold pads with zeros.
        if operation != "nop" and any(code[covered - size : covered]):
            ends = operation in ENDS
    if any(code[covered:]):
        events.append(Event(base + covered, len(code) - covered, Flow.UNKNOWN))
    return Decoded(events, falls_through=not ends)


def _transfer(address: int, size: int, operands: str, direct: Flow, indirect: Flow) -> Event:
    if operands.startswith("0x") or operands.isdigit():
        return Event(address, size, direct, int(operands, 0))
    return Event(address, size, indirect)


def _address(address: int, size: int, operands: str, events: list[Event]) -> None:
    if found := RIP_RELATIVE.search(operands):
        offset = int(found[2] or "0", 0) * (-1 if found[1] == "-" else 1)
        events.append(Event(address, size, Flow.ADDRESS, address + size + offset))

"""x86-64, by capstone: instructions of any length need a full disassembler."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from linkguard.isa.flow import Decoded, Event, Flow

if TYPE_CHECKING:
    import capstone

SCALE_WINDOW = 10  # instructions between a load with a scaled index and the jump through it
ENDS = ("ret", "ud2", "hlt", "iretq", "int3", "syscall", "jmp")
RIP_RELATIVE = re.compile(r"\[rip(?: ([+-]) (0x[0-9a-f]+|\d+))?\]")


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

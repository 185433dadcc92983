"""Thumb and Thumb-2 (ARM Architecture Reference Manual, A5 and A7).

The first halfword tells an instruction's length, so boundaries are certain once the mapping
symbols have told code from literal pools. Everything that cannot move control is skipped.
"""

from __future__ import annotations

import struct

from linkguard.isa.flow import Decoded, Event, Flow, signed

LR, PC, SP = 14, 15, 13
NOPS = (0xBF00, 0x46C0)


def decode(code: bytes, base: int) -> Decoded:
    """Decode a stretch of Thumb code that is loaded at `base`."""
    halves = struct.unpack(f"<{len(code) // 2}H", code[: len(code) & ~1])
    events: list[Event] = []
    count = len(halves)
    index = it_block = previous = 0
    ends = False
    while index < count:
        first = halves[index]
        address = base + 2 * index
        if first in NOPS:  # padding leaves open whether the code before it ended
            it_block = max(it_block - 1, 0)
            index += 1
            continue
        conditional = it_block > 0
        it_block -= conditional
        if first < 0xE800:
            if first & 0xFF00 == 0xBF00:
                it_block = 5 - (first & -first).bit_length()
            ends = _narrow(first, previous, address, events) and not conditional
            index += 1
        elif index + 1 < count:
            ends = _wide(first, halves[index + 1], address, events) and not conditional
            index += 2
        else:
            events.append(Event(address, 2, Flow.UNKNOWN))
            index += 1
        previous = first
    return Decoded(events, falls_through=not ends)


def _narrow(op: int, previous: int, address: int, events: list[Event]) -> bool:
    """One 16-bit instruction. Returns whether control never goes on behind it."""
    top = op >> 12
    if top == 0xD:
        condition = op >> 8 & 15
        if condition < 0xE:
            events.append(Event(address, 2, Flow.JUMP, address + 4 + 2 * signed(op & 0xFF, 8)))
        return condition >= 0xE  # UDF; SVC, which returns unless it is the last instruction
    if op & 0xF800 == 0xE000:
        events.append(Event(address, 2, Flow.JUMP, address + 4 + 2 * signed(op & 0x7FF, 11)))
        return True
    if op & 0xF500 == 0xB100:  # CBZ, CBNZ
        offset = (op >> 9 & 1) << 6 | (op >> 3 & 31) << 1
        events.append(Event(address, 2, Flow.JUMP, address + 4 + offset))
    elif op & 0xF800 == 0xA000:  # ADR
        events.append(Event(address, 2, Flow.ADDRESS, (address + 4 & ~3) + 4 * (op & 0xFF)))
    elif op & 0xF800 == 0x4800:  # LDR from the literal pool
        events.append(Event(address, 2, Flow.LITERAL, (address + 4 & ~3) + 4 * (op & 0xFF)))
    elif op & 0xFC00 == 0x4400:
        return _high_register(op, previous, address, events)
    return op & 0xFF00 in (0xBD00, 0xBE00)  # POP {..., pc}, BKPT


def _high_register(op: int, previous: int, address: int, events: list[Event]) -> bool:
    register = op >> 3 & 15
    kind = op & 0xFF87
    if kind in (0x4780, 0x4784):  # BLX, BLXNS: to the non-secure side
        events.append(Event(address, 2, Flow.INDIRECT_CALL))
    elif kind == 0x4700 and register == PC:  # BX pc: go on in ARM state, a linker's veneer
        events.append(Event(address, 2, Flow.JUMP, address + 4 & ~3))
        return True
    elif kind in (0x4700, 0x4704, 0x4687):  # BX, BXNS, MOV pc
        popped = previous & 0xFF00 == 0xBC00 and register < 8 and previous >> register & 1
        if register != LR and not popped:
            events.append(Event(address, 2, Flow.INDIRECT_JUMP))
    return kind in (0x4487, 0x4700, 0x4704, 0x4687)  # ADD pc is a switch, inside its function


def _wide(first: int, second: int, address: int, events: list[Event]) -> bool:
    """One 32-bit instruction. Returns whether control never goes on behind it."""
    if first & 0xF800 == 0xF000 and second & 0x8000:
        return _branch(first, second, address, events)
    if first & 0xFF7F == 0xF85F and second >> 12 != PC:  # LDR.W from the literal pool
        offset = (second & 0xFFF) if first & 0x80 else -(second & 0xFFF)
        events.append(Event(address, 4, Flow.LITERAL, (address + 4 & ~3) + offset))
        return False
    if first & 0xFFF0 == 0xE8D0 and second & 0xFFE0 == 0xF000:  # TBB, TBH: inside its function
        return True
    if first & 0xFF70 == 0xF850 and second >> 12 == PC:  # LDR pc
        return _load_pc(first, second, address, events)
    if first & 0xFE50 == 0xE810 and second & 0x8000:  # LDM, POP with pc
        if first & 15 != SP:
            events.append(Event(address, 4, Flow.INDIRECT_JUMP))
        return True
    if first & 0xFBFF in (0xF20F, 0xF2AF) and not second & 0x8000:  # ADR.W
        offset = (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xFF
        place = address + 4 & ~3
        target = place + offset if first & 0xFBFF == 0xF20F else place - offset
        events.append(Event(address, 4, Flow.ADDRESS, target))
    return False


def _branch(first: int, second: int, address: int, events: list[Event]) -> bool:
    sign = first >> 10 & 1
    kind = second & 0xD000
    if kind == 0x8000:  # conditional, or (condition 111x) a system instruction
        if first >> 7 & 7 != 7:
            bits = sign << 19 | (second >> 11 & 1) << 18 | (second >> 13 & 1) << 17
            bits |= (first & 0x3F) << 11 | second & 0x7FF
            events.append(Event(address, 4, Flow.JUMP, address + 4 + 2 * signed(bits, 20)))
            return False
        return first & 0xFFF0 == 0xF7F0 or first == 0xF3DE  # UDF.W, exception return
    target = branch_target(first, second, address)
    events.append(Event(address, 4, Flow.JUMP if kind == 0x9000 else Flow.CALL, target))
    return kind == 0x9000


def branch_target(first: int, second: int, address: int) -> int:
    """Where BL, BLX or B.W goes: S, I1 = not(J1 xor S), I2, imm10, imm11."""
    sign = first >> 10 & 1
    high = sign << 23 | (second >> 13 & 1 ^ sign ^ 1) << 22 | (second >> 11 & 1 ^ sign ^ 1) << 21
    offset = 2 * signed(high | (first & 0x3FF) << 11 | second & 0x7FF, 24)
    place = address + 4 & ~3 if second & 0xD000 == 0xC000 else address + 4
    return place + offset


def _load_pc(first: int, second: int, address: int, events: list[Event]) -> bool:
    base = first & 15
    if base == SP:
        return True  # a return: pc comes from the stack
    indexed = not first & 0x80 and not second & 0x800 and base != PC
    flow = Flow.INDEXED_JUMP if indexed else Flow.INDIRECT_JUMP
    events.append(Event(address, 4, flow))
    return True

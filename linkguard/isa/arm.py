"""ARM state, 32-bit instructions (ARM Architecture Reference Manual, A5)."""

from __future__ import annotations

import struct

from linkguard.isa.flow import Decoded, Event, Flow, signed

LR, PC, SP = 14, 15, 13
ALWAYS = 0xE


def decode(code: bytes, base: int) -> Decoded:
    """Decode a stretch of ARM code that is loaded at `base`."""
    words = struct.unpack(f"<{len(code) // 4}I", code[: len(code) & ~3])
    events: list[Event] = []
    ends = False
    for index, word in enumerate(words):
        if word in (0xE1A00000, 0xE320F000):  # nop: padding leaves open whether the code ended
            continue
        leaves = _instruction(word, base + 4 * index, events)
        ends = leaves and word >> 28 == ALWAYS
    if len(code) & 3:
        events.append(Event(base + 4 * len(words), len(code) & 3, Flow.UNKNOWN))
    return Decoded(events, falls_through=not ends)


def branch_target(word: int, address: int) -> int:
    """Where B, BL or BLX (immediate) goes."""
    offset = 4 * signed(word & 0xFFFFFF, 24)
    if word >> 28 == 0xF:
        offset += (word >> 24 & 1) * 2
    return address + 8 + offset


def _instruction(word: int, address: int, events: list[Event]) -> bool:
    """One instruction. Returns whether it leaves the sequence when its condition holds."""
    if word & 0x0E000000 == 0x0A000000:
        call = word >> 28 == 0xF or bool(word & 0x01000000)
        target = branch_target(word, address)
        events.append(Event(address, 4, Flow.CALL if call else Flow.JUMP, target))
        return not call
    if word >> 28 == 0xF:
        return False
    if word & 0x0FFFFFF0 == 0x012FFF30:
        events.append(Event(address, 4, Flow.INDIRECT_CALL))
        return False
    if word & 0x0FFF0000 in (0x028F0000, 0x024F0000) and word >> 12 & 15 != PC:  # ADR
        events.append(Event(address, 4, Flow.ADDRESS, _adr_target(word, address)))
        return False
    return _writes_pc(word, address, events)


def _writes_pc(word: int, address: int, events: list[Event]) -> bool:
    flow: Flow | None = None
    if word & 0x0FFFFFF0 == 0x012FFF10 or word & 0x0FEFFFF0 == 0x01A0F000:  # BX, MOV pc
        flow = None if word & 15 == LR else Flow.INDIRECT_JUMP
    elif word & 0x0C10F000 == 0x0410F000 and word & 0x02000010 != 0x02000010:  # LDR pc
        base = word >> 16 & 15
        if base != SP:
            flow = Flow.INDEXED_JUMP if word & 0x02000000 else Flow.INDIRECT_JUMP
    elif word & 0x0E108000 == 0x08108000:  # LDM with pc
        flow = None if word >> 16 & 15 == SP else Flow.INDIRECT_JUMP
    elif word & 0x0C00F000 == 0x0000F000 and not _is_compare_or_multiply(word):
        flow = None  # arithmetic on pc: a switch, inside its function
    else:
        return word & 0x0F000000 == 0x0F000000 or word & 0x0FF000F0 == 0x01200070  # SVC, BKPT
    if flow is not None:
        events.append(Event(address, 4, flow))
    return True


def _is_compare_or_multiply(word: int) -> bool:
    compare = word & 0x01800000 == 0x01000000  # TST, TEQ, CMP, CMN, and moves from status
    return compare or word & 0x02000090 == 0x00000090


def _adr_target(word: int, address: int) -> int:
    rotate = 2 * (word >> 8 & 15)
    value = word & 0xFF
    value = (value >> rotate | value << (32 - rotate)) & 0xFFFFFFFF if rotate else value
    return address + 8 + (value if word & 0x00800000 else -value)

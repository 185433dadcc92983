"""RISC-V, RV32 and RV64 with compressed instructions (the unprivileged manual)."""

from __future__ import annotations

from linkguard.isa.flow import Decoded, Event, Flow, signed

RETURN_REGISTERS = (1, 5)  # ra, and t0 of the millicode routines
SCALE_WINDOW = 8  # instructions between the scaling of an index and the jump through it
FIRST_CALL = 32  # an entry of the jump table from here on is called, one before is jumped to
C_NOP, NOP = 0x0001, 0x00000013
C_EBREAK, ECALL, EBREAK, MRET = 0x9002, 0x00000073, 0x00100073, 0x30200073


class _Decoder:
    """The little state that RISC-V needs: the last `auipc`, and where an index was scaled."""

    def __init__(self, is64: bool, zcm: bool) -> None:
        self.is64 = is64
        self.zcm = zcm
        self.events: list[Event] = []
        self.auipc: tuple[int, int, int] | None = None  # register, value, its address
        self.scaled = -1
        self.count = 0

    def narrow(self, op: int, address: int) -> bool:
        quadrant, function = op & 3, op >> 13
        if quadrant == 1 and (function == 5 or (function == 1 and not self.is64)):
            flow = Flow.JUMP if function == 5 else Flow.CALL
            self.events.append(Event(address, 2, flow, address + _cj_offset(op)))
            return function == 5
        if quadrant == 1 and function in (6, 7):
            self.events.append(Event(address, 2, Flow.JUMP, address + _cb_offset(op)))
        elif quadrant == 2 and function == 0:
            self._scaling(op >> 2 & 31)
        elif quadrant == 2 and function == 4 and op & 0x7C == 0 and op >> 7 & 31:
            return self._through_register(op >> 7 & 31, op >> 12 & 1, 0, address, 2)
        elif self.zcm and quadrant == 2 and function == 5:
            return self._table_or_pop(op, address)
        return op in (0, C_EBREAK)  # 0 is defined illegal

    def _table_or_pop(self, op: int, address: int) -> bool:
        """Zcmt and Zcmp, where other cores store doubles: cm.jt, cm.jalt, and pops that return."""
        if op & 0xFC00 == 0xA000:
            call = (op >> 2 & 0xFF) >= FIRST_CALL
            flow = Flow.INDIRECT_CALL if call else Flow.INDIRECT_JUMP
            self.events.append(Event(address, 2, flow))
            return not call
        return op >> 8 in (0xBC, 0xBE)  # cm.popretz, cm.popret

    def wide(self, op: int, address: int) -> bool:
        opcode, rd, rs1 = op & 0x7F, op >> 7 & 31, op >> 15 & 31
        if opcode == 0x6F:
            flow = Flow.CALL if rd else Flow.JUMP
            self.events.append(Event(address, 4, flow, address + _j_offset(op)))
            return not rd
        if opcode == 0x67:
            return self._through_register(rs1, rd, signed(op >> 20, 12), address, 4)
        if opcode == 0x63:
            self.events.append(Event(address, 4, Flow.JUMP, address + _b_offset(op)))
        elif opcode == 0x17:
            self.auipc = (rd, address + signed(op & 0xFFFFF000, 32), address)
            return False
        elif opcode == 0x13 and op >> 12 & 7 == 1:
            self._scaling(op >> 20 & 63)
        elif opcode == 0x13 and op >> 12 & 7 == 0 and self.auipc and self.auipc[0] == rs1:
            target = self.auipc[1] + signed(op >> 20, 12)
            self.events.append(Event(address, 4, Flow.ADDRESS, target))
        return op in (ECALL, EBREAK, MRET)

    def _scaling(self, amount: int) -> None:
        if amount in (2, 3):
            self.scaled = self.count

    def _through_register(self, rs1: int, rd: int, offset: int, address: int, size: int) -> bool:
        """jalr, c.jr and c.jalr. With the `auipc` right before it, the target is known."""
        if self.auipc and self.auipc[0] == rs1 and self.auipc[2] + 4 == address:
            flow = Flow.CALL if rd else Flow.JUMP
            place = self.auipc[2]
            self.events.append(Event(place, 4 + size, flow, self.auipc[1] + offset))
        elif rd:
            self.events.append(Event(address, size, Flow.INDIRECT_CALL))
        elif rs1 not in RETURN_REGISTERS:
            indexed = self.scaled >= 0 and self.count - self.scaled <= SCALE_WINDOW
            flow = Flow.INDEXED_JUMP if indexed else Flow.INDIRECT_JUMP
            self.events.append(Event(address, size, flow))
        return not rd


def decode(code: bytes, base: int, is64: bool, zcm: bool = False) -> Decoded:
    """Decode a stretch of RISC-V code that is loaded at `base`.

    `zcm`: the core has Zcmp or Zcmt, which take the encodings of compressed double stores.
    """
    decoder = _Decoder(is64, zcm)
    offset, end = 0, len(code)
    ends = False
    while offset + 2 <= end:
        op = code[offset] | code[offset + 1] << 8
        address = base + offset
        decoder.count += 1
        if op & 3 != 3:
            if op != C_NOP:
                ends = decoder.narrow(op, address)
                decoder.auipc = None
            offset += 2
            continue
        if op & 0x1C == 0x1C or offset + 4 > end:  # longer than 32 bits, or cut off
            decoder.events.append(Event(address, end - offset, Flow.UNKNOWN))
            return Decoded(decoder.events, falls_through=True)
        op |= code[offset + 2] << 16 | code[offset + 3] << 24
        if op != NOP:
            known = decoder.auipc
            ends = decoder.wide(op, address)
            if decoder.auipc is known:
                decoder.auipc = None
        offset += 4
    return Decoded(decoder.events, falls_through=not ends)


def _j_offset(op: int) -> int:
    bits = (
        (op >> 31) << 20 | (op >> 12 & 0xFF) << 12 | (op >> 20 & 1) << 11 | (op >> 21 & 0x3FF) << 1
    )
    return signed(bits, 21)


def _b_offset(op: int) -> int:
    bits = (op >> 31) << 12 | (op >> 7 & 1) << 11 | (op >> 25 & 0x3F) << 5 | (op >> 8 & 15) << 1
    return signed(bits, 13)


def _cj_offset(op: int) -> int:
    """CJ format, imm[11|4|9:8|10|6|7|3:1|5] in bits 12..2."""
    bits = (op >> 12 & 1) << 11 | (op >> 11 & 1) << 4 | (op >> 9 & 3) << 8 | (op >> 8 & 1) << 10
    bits |= (op >> 7 & 1) << 6 | (op >> 6 & 1) << 7 | (op >> 3 & 7) << 1 | (op >> 2 & 1) << 5
    return signed(bits, 12)


def _cb_offset(op: int) -> int:
    """CB format, imm[8|4:3] in bits 12..10 and imm[7:6|2:1|5] in bits 6..2."""
    bits = (op >> 12 & 1) << 8 | (op >> 10 & 3) << 3 | (op >> 5 & 3) << 6
    bits |= (op >> 3 & 3) << 1 | (op >> 2 & 1) << 5
    return signed(bits, 9)

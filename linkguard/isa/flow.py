"""What every decoder reports: the instructions that move control or make a code address."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Flow(IntEnum):
    """How an instruction can reach another function."""

    CALL = 0  # to a known address, and back
    JUMP = 1  # to a known address: a branch, or a tail call
    INDIRECT_CALL = 2  # through a register or memory, and back
    INDIRECT_JUMP = 3  # through a register or memory
    INDEXED_JUMP = 4  # through a scaled index: a switch, if the function owns a table
    ADDRESS = 5  # makes an address relative to the program counter
    UNKNOWN = 6  # could not be decoded


class Event(NamedTuple):
    address: int
    size: int
    flow: Flow
    target: int = 0


class Decoded(NamedTuple):
    """The events of one stretch of code, and whether its end runs into what follows."""

    events: list[Event]
    falls_through: bool


def signed(value: int, bits: int) -> int:
    """The two's complement value of a field of `bits` bits."""
    return value - (1 << bits) if value >> (bits - 1) else value

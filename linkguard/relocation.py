"""What relocation types mean for control flow, by machine (the psABI documents)."""

from __future__ import annotations

from enum import IntEnum

from linkguard.elf import EM_ARM, EM_RISCV, EM_X86_64


class Use(IntEnum):
    """How a relocated place uses its symbol."""

    NONE = 0  # not at all, or only within a function
    BRANCH = 1  # the place is a call or a jump
    ADDRESS = 2  # the place holds or makes the symbol's address
    SLOT = 3  # the place loads the address from the GOT; a branch through it is direct


_ARM = {
    **dict.fromkeys((1, 10, 15, 16, 27, 28, 29, 30, 51, 102, 103), Use.BRANCH),
    **dict.fromkeys((0, 40), Use.NONE),  # NONE, V4BX
    **dict.fromkeys((104, 105, 106, 107, 108), Use.NONE),  # thread-local
}
_X86_64 = {
    4: Use.BRANCH,  # PLT32
    0: Use.NONE,
    **dict.fromkeys((9, 41, 42), Use.SLOT),  # GOTPCREL and its relaxable forms
    **dict.fromkeys((16, 17, 18, 19, 20, 21, 22, 23, 34, 35, 36), Use.NONE),  # thread-local
    **dict.fromkeys((32, 33), Use.NONE),  # sizes
}
_RISCV = {
    **dict.fromkeys((16, 17, 18, 19, 44, 45), Use.BRANCH),
    **dict.fromkeys((0, 43, 51), Use.NONE),  # NONE, ALIGN, RELAX
    **dict.fromkeys((24, 25), Use.NONE),  # the low part of a PC-relative pair
    **dict.fromkeys((21, 22, 29, 30, 31, 32, 49, 50), Use.NONE),  # thread-local
    # Differences: only the minuend of a word-sized one (ADD32, ADD64) can name a function.
    **dict.fromkeys((33, 34, 37, 38, 39, 40, 52, 53, 54, 55, 60, 61), Use.NONE),
}
_BY_MACHINE = {EM_ARM: _ARM, EM_X86_64: _X86_64, EM_RISCV: _RISCV}

# ARM, address in the place: ABS32, REL32, TARGET1, TARGET2, PREL31, GOT-relative forms.
ARM_WORDS = frozenset((2, 3, 38, 41, 96))
ARM_THUMB_MOVW, ARM_THUMB_MOVT, ARM_MOVW, ARM_MOVT = 47, 48, 43, 44
# x86-64: the place is relative to its own end, four bytes on.
X86_PC_RELATIVE = frozenset((2, 4, 9, 41, 42))


def use_of(machine: int, type: int) -> Use:
    """An unknown type counts as an address: over-reported, never dropped."""
    return _BY_MACHINE[machine].get(type, Use.ADDRESS)

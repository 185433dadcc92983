"""The factor of a long link's seal has what seal.h says of it, proven and not tried."""

from __future__ import annotations

import re
from pathlib import Path

SEAL = Path(__file__).parents[3] / "runtime" / "src" / "seal.h"
HALF = 2**32
WHOLE = 2**64


def factor() -> int:
    (found,) = re.findall(r"uintptr_t\)next \* UINT64_C\((0x[0-9a-f]+)\)", SEAL.read_text())
    return int(found, 16)


def first_within(step: int, modulus: int, low: int, high: int) -> int | None:
    """The least n >= 0 with low <= n * step % modulus <= high, by Euclid's algorithm."""
    if low == 0:
        return 0
    if step == 0:
        return None
    if 2 * step > modulus:
        step, low, high = modulus - step, modulus - high, modulus - low
    steps = -(-low // step)
    if steps * step <= high:
        return steps
    turns = first_within(modulus % step, step, -high % step, -low % step)
    return None if turns is None else -(-(low + modulus * turns) // step)


def test_the_search_finds_what_trying_all_finds() -> None:
    for modulus in (2, 16, 37):
        for step in range(modulus):
            for low in range(modulus):
                for high in range(low, modulus):
                    tried = (n for n in range(modulus) if low <= n * step % modulus <= high)
                    assert first_within(step, modulus, low, high) == next(tried, None)


def least_twice(multiplier: int) -> int:
    """The least value, not 0, whose double over NULL leaves the upper half of the product at 0."""
    step = multiplier * (HALF + 1) % WHOLE
    low, high = -step % WHOLE, (HALF - 1 - step) % WHOLE
    if low > high:  # 0 is within, which is one step
        return 1
    more = first_within(step, WHOLE, low, high)
    return HALF if more is None else more + 1


def test_no_value_twice_keeps_the_seal_of_null() -> None:
    assert least_twice(factor()) >= HALF


def test_the_factor_before_had_one() -> None:
    assert least_twice(0x9E3779B9_00000001) == 2**31


def test_no_change_of_one_byte_keeps_the_seal() -> None:
    for byte in range(8):
        for change in range(1, 256):
            for difference in (change << 8 * byte, -change << 8 * byte):
                upper = difference * factor() % WHOLE // HALF
                # What the lower halves carry adds one at most.
                assert upper not in ((0,) if byte >= 4 else (0, HALF - 1))

"""Columns: one field of many records, a list for each."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import TypeVar

Item = TypeVar("Item")


def all_of(column: Sequence[Item], indices: Sequence[int]) -> list[Item]:
    """These of a column: without a step of the interpreter each, in half the time."""
    if len(indices) < 2:
        return [column[index] for index in indices]
    return [*itemgetter(*indices)(column)]

from __future__ import annotations

import pytest

from tests.runtime.bench import build
from tests.runtime.bench.recorded import trace
from tests.runtime.bench.recorded.trace import Operation


def test_events_become_operations_on_the_lowest_slots() -> None:
    events = [
        "(nil) 0xa 10",
        "(nil) 0xb 20",
        "0xa (nil) 0",
        "(nil) 0xc 30",  # takes the slot that 0xa left
        "0xb 0xd 40",  # moved: the new block first, then the old one goes
        "0xd 0xd 50",  # resized in place: its old life ends first
    ]
    assert list(trace.from_events(events)) == [
        Operation(0, 10),
        Operation(1, 20),
        Operation(0, 0),
        Operation(0, 30),
        Operation(2, 40),
        Operation(1, 0),
        Operation(2, 0),
        Operation(1, 50),
        Operation(0, 0),
        Operation(1, 0),
    ]


def test_what_is_freed_twice_or_never_given_is_left_out() -> None:
    assert list(trace.from_events(["0xa (nil) 0"])) == []


def test_text_is_read_as_it_was_written() -> None:
    operations = [Operation(0, 7), Operation(1, 8), Operation(0, 0), Operation(0, 9)]
    assert trace.read(trace.write(operations, ["a header: 1 2 3"])) == operations


def test_a_free_of_an_empty_slot_is_an_error() -> None:
    with pytest.raises(ValueError, match="operation 1 frees slot 3"):
        trace.read("16 -3")


def test_extent_counts_what_lives_at_once() -> None:
    operations = trace.read("10 20 -0 5 -0 -1")
    assert trace.extent(operations) == trace.Extent(operations=6, slots=2, peak=30)


def test_the_recorded_program_is_whole() -> None:
    operations = build.recorded_operations()
    allocations = sum(1 for each in operations if each.size)
    assert allocations * 2 == len(operations)  # what lives at the end is freed
    header = (build.HERE / "recorded/lua.trace").read_text().splitlines()[3]
    size = trace.extent(operations)
    assert header == (
        f"# {size.operations} operations, {size.slots} blocks and {size.peak} bytes at the peak."
    )

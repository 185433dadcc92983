from __future__ import annotations

from collections import Counter

import pytest

from tests.reaches import Reach
from tests.runtime.bench import metrics, report
from tests.runtime.bench.run import Line, RunError, parse


def line(text: str) -> Line:
    words = text.split()
    return Line(words[0], tuple(words[1:]))


@pytest.mark.parametrize(
    ("counts", "median"),
    [({7: 1}, 7), ({1: 1, 9: 1}, 1), ({1: 1, 5: 1, 9: 1}, 5), ({3: 2, 4: 3}, 4), ({3: 3, 4: 2}, 3)],
)
def test_the_median_of_counts_is_the_lower_one(counts: dict[int, int], median: int) -> None:
    assert metrics.median_of_counts(Counter(counts)) == median


def test_a_refused_allocation_counts_as_an_allocation() -> None:
    lines = [
        line("costs t alloc 10 3"),
        line("costs t refused 90 1"),
        line("costs t free 5 4"),
    ]
    assert metrics.latency(lines, "m4") == {
        "m4.t.alloc.median": 10,
        "m4.t.alloc.max": 90,
        "m4.t.free.median": 5,
        "m4.t.free.max": 5,
    }


def test_what_a_free_put_off_is_its_cost() -> None:
    lines = [line("costs t alloc 1 1"), line("costs t free 5 4"), line("costs t settle 70 4")]
    found = metrics.latency(lines, "m4")
    assert (found["m4.t.free.max"], found["m4.t.push.max"]) == (70, 5)


def test_utilisation_is_in_percent_of_the_whole_arena() -> None:
    lines = [line("live uniform64k 1 32768"), line("live uniform64k 2 65536")]
    assert metrics.utilisation(lines) == {"util.uniform64k.mean": 75, "util.uniform64k.worst": 50}


def test_density_counts_what_lies_beside_the_objects() -> None:
    assert metrics.density([line("objects 4000")]) == {"bytes_per_16B_object": 16.384}


def test_the_bitmap_is_not_control_data_and_the_struct_is() -> None:
    found = metrics.control([line("control 150 1300 1028")])
    assert found["control_bytes_64k"] == 150 + 1300 - 1028
    assert found["bitmap_bytes_64k"] == 1028


def test_the_checks_cost_what_a_build_without_them_saves() -> None:
    trace = "m4.uniform64k70"
    found: metrics.Metrics = {"flash.m4.checked": 1900, "flash.m4.core": 1500}
    found |= {"bitmap_bytes_64k": 1024, "unchecked.bitmap_bytes_64k": 512}
    for operation, checked, unchecked in (("alloc", 122, 125), ("push", 112, 39), ("free", 9, 8)):
        found[f"{trace}.{operation}.median"] = checked
        found[f"unchecked.{trace}.{operation}.median"] = unchecked
    assert metrics.cost_of_checks(found) == {
        "checks.alloc.insns": -3,
        "checks.push.insns": 73,
        "checks.free.insns": 1,
        "checks.flash_bytes": 400,
        "checks.bitmap_bytes_64k": 512,
    }


def test_a_ratio_is_the_median_of_pairs_not_the_ratio_of_medians() -> None:
    assert metrics.paired_ratio([10, 20, 90], [10, 10, 100]) == 1.0


def test_the_best_peer_is_the_one_that_is_hardest_to_match() -> None:
    times = {"weir": [10.0], "weir-unchecked": [4.0], "slow": [20.0], "fast": [5.0]}
    times |= {"weir-merging": [15.0], "weir-any-context": [12.5]}
    found = metrics.host_comparison(times)
    assert found["host.ns_ratio_vs_best_peer"] == 2.0
    assert found["unchecked.host.ns_ratio_vs_best_peer"] == 0.8
    assert found["any-context.host.ns_ratio_vs_best_peer"] == 2.5
    assert found["peer.fast.host.ns"] == 5.0


def test_the_least_of_all_rounds_is_compared_beside_the_median() -> None:
    times = {"weir": [9.0, 6.0, 8.0], "slow": [4.5, 20.0, 20.0], "fast": [5.0, 5.0, 4.0]}
    times |= {variant: [1.0, 1.0, 1.0] for variant in metrics.VARIANTS}
    found = metrics.host_comparison(times)
    assert found["host.least_ns"] == 6.0
    assert found["host.least_ns_ratio_vs_best_peer"] == 1.5


def test_a_program_that_did_not_reach_its_end_is_no_result() -> None:
    with pytest.raises(RunError, match="error block not aligned"):
        parse("costs t alloc 1 1\nerror block not aligned as asked\n")
    with pytest.raises(RunError, match="wrote nothing"):
        parse("")


def test_bounds_hold_at_the_bound() -> None:
    assert Reach("m", 165).holds(165)
    assert not Reach("m", 165).holds(166)
    assert Reach("m", 92.9, at_least=True).holds(92.9)
    assert not Reach("m", 92.9, at_least=True).holds(92.8)


def test_the_table_names_the_best_peer_of_each_kind() -> None:
    found = {reach.metric: reach.bound for reach in report.REACHES}
    found |= {
        "peer.a.util.uniform64k.mean": 90.0,
        "peer.b.util.uniform64k.mean": 91.0,
        "peer.a.flash.m4.core": 500.0,
        "peer.b.flash.m4.core": 400.0,
    }
    text = report.table(found)
    assert "91 b" in text
    assert "400 b" in text
    assert "missed" not in text


def test_what_waiting_misses_is_said() -> None:
    found = {reach.metric: reach.bound for reach in report.WAITING_REACHES}
    assert "missed" not in report.table(found, report.WAITING_REACHES)
    found["sim.large_wait.max"] = 17.43
    missed = report.table(found, report.WAITING_REACHES).splitlines()
    assert [line.split()[0] for line in missed if "missed" in line] == ["sim.large_wait.max"]

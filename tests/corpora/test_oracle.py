"""The comparison of a run with the graph, on runs and graphs that are written by hand."""

from __future__ import annotations

from .oracle import Graph, Place, compare, parse, read_graph, without_stubs

PROFILE = """\
fl=a.c
fn=main
16 5
cfn=work
calls=1 0
16 9
cfi=???
cfn=0x401000
calls=1 0
17 9
fl=a.c
fn=work
20 1
cfn=work'2
calls=1 0
20 1
cfi=pool.c
cfn=take
calls=1 0
21 1
fn=work'2
20 1
fl=???
fn=0x401000
0 1
cfn=__strlen_fast
calls=1 0
0 1
fl=pool.c
fn=take
3 1
cfi=???
cfn=malloc
calls=1 0
"""

LISTING = """\
function 0 main a.c
function 1 work a.c
function 2 take pool.c
function 3 malloc -
function 4 strlen libc.a(strlen.o)
function 5 __strlen_fast libc.a(strlen-fast.o)
function 6 take other.c
class 7 typed _ZTSFPvjE.generalized
edge 0 1 call
edge 0 4 call
edge 4 5 name
edge 1 1 call
edge 1 7 pointer
edge 7 2 pointer
edge 2 3 call
"""


def names(*lists: str) -> dict[str, frozenset[str]]:
    return {name: frozenset(each.split()) for each in lists for name in each.split()}


def graph_without(edge: str) -> Graph:
    assert edge in LISTING
    return read_graph(LISTING.replace(edge, ""))


def test_calls_are_read_with_their_files() -> None:
    calls = without_stubs(parse(PROFILE))
    assert calls[Place("main", "a.c")] == {Place("work", "a.c"), Place("__strlen_fast", "???")}
    assert calls[Place("work", "a.c")] == {Place("work", "a.c"), Place("take", "pool.c")}
    assert calls[Place("take", "pool.c")] == {Place("malloc", "???")}


def test_a_graph_that_holds_every_edge_misses_none() -> None:
    recall = compare(without_stubs(parse(PROFILE)), read_graph(LISTING), names("malloc"))
    assert (recall.edges, recall.on_a_path, recall.missed) == (5, 4, ())


def test_an_edge_that_is_not_in_the_graph_is_missed() -> None:
    """Direct, through a pointer, by another name: and whether it leads to malloc."""
    for edge, callee, leads in (
        ("edge 0 1 call\n", "work", 1),
        ("edge 7 2 pointer\n", "take", 1),
        ("edge 2 3 call\n", "malloc", 1),
        ("edge 4 5 name\n", "__strlen_fast", 0),
    ):
        recall = compare(without_stubs(parse(PROFILE)), graph_without(edge), names("malloc"))
        assert [place.name for _, place in recall.missed] == [callee]
        assert recall.missed_on_a_path == leads


def test_a_function_of_the_same_name_elsewhere_does_not_count() -> None:
    """A local `take` of other.c is not pool.c's."""
    graph = read_graph(LISTING.replace("edge 7 2 pointer", "edge 7 6 pointer"))
    recall = compare(without_stubs(parse(PROFILE)), graph, names("malloc"))
    assert [place.name for _, place in recall.missed] == ["take"]


def test_names_of_one_address_are_one_function() -> None:
    text = LISTING.replace("malloc", "__libc_malloc")
    assert compare(without_stubs(parse(PROFILE)), read_graph(text), names("malloc")).missed
    known = names("malloc __libc_malloc")
    assert not compare(without_stubs(parse(PROFILE)), read_graph(text), known).missed

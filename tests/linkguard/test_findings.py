"""The text of findings: the grammar of every tool of weir."""

from __future__ import annotations

from linkguard.findings import Finding, Note, render_text
from linkguard.lines import Location


def test_an_error_and_a_note_for_each_hop() -> None:
    finding = Finding(
        "weir-banned-symbol",
        Location("main.c", 12, 5),
        "'malloc' survives: called by 'add_item'",
        (Note(Location("start.c", 3), "'_start' calls 'main'"), Note(Location(), "remove it")),
    )
    assert render_text([finding]) == (
        "main.c:12:5: error: 'malloc' survives: called by 'add_item' [weir-banned-symbol]\n"
        "start.c:3: note: '_start' calls 'main'\n"
        "linkguard: note: remove it\n"
    )
    assert render_text([]) == ""

"""The table of operations in the runtime's README is complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

RUNTIME = Path(__file__).parents[3] / "runtime"
HEADERS = (
    *("arc", "box", "channel", "descriptor", "growth", "map", "pool", "queue"),
    *("reserve", "string", "vec"),
)


def operations(header: str) -> set[str]:
    """The functions that a header declares, the awaiting macros, comments aside."""
    text = (RUNTIME / "include" / "weir" / f"{header}.h").read_text()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    functions = re.findall(r"^[a-z][\w *]*?\b(weir_\w+)\(", text, flags=re.MULTILINE)
    return {*functions, *re.findall(r"#define (WEIR_AWAIT_\w+)\(", text)}


@pytest.mark.parametrize("header", HEADERS)
def test_every_operation_is_in_the_table(header: str) -> None:
    table = (RUNTIME / "README.md").read_text().split("## Operations")[1].split("\n## ")[0]
    # What a slot does stands in one row.
    missing = {
        name
        for name in operations(header)
        if f"`{name}`" not in table and not name.startswith("weir_reserve_slot_")
    }
    assert operations(header)
    assert not missing


def test_the_table_names_no_operation_that_is_gone() -> None:
    table = (RUNTIME / "README.md").read_text().split("## Operations")[1].split("\n## ")[0]
    known = {name for header in (*HEADERS, "heap") for name in operations(header)}
    assert set(re.findall(r"`((?:weir|WEIR)_\w+)`", table)) - known <= {
        "WEIR_RESERVE_DEFINE",
        "weir_alloc",
        "weir_alloc_drop",
        "weir_alloc_poll",
    }

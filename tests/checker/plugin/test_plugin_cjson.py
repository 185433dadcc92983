"""A real library for a real target: cJSON for Cortex-M3, against newlib's headers."""

from pathlib import Path

import factsfile as facts
import pytest
from compiling import Toolchain
from elfsame import differences

TARGET = (
    "--target=arm-none-eabi",
    "-mcpu=cortex-m3",
    "-isystem",
    "/usr/lib/arm-none-eabi/include",
)


def line_of(source: Path, text: str) -> int:
    lines = source.read_text().splitlines()
    (number,) = [i for i, line in enumerate(lines, 1) if text in line]
    return number


@pytest.mark.parametrize("level", ["-O0", "-Os"])
def test_hook_table_holds_malloc(clang: Toolchain, cjson: Path, level: str) -> None:
    unit = facts.read_unit(clang.compile(*TARGET, level, str(cjson)))
    line = line_of(cjson, "static internal_hooks global_hooks = {")
    held = {a.function: a for a in unit.addresses if a.holder == "global_hooks"}
    assert set(held) == {"malloc", "free", "realloc"}
    for taken in held.values():
        assert taken.flags == facts.IN_INITIALIZER
        assert taken.place.startswith(f"{cjson}:{line}:")
    malloc = held["malloc"]
    assert malloc.type == unit.functions["malloc"].type != ""
    callers = {s.caller for s in unit.sites if s.type == malloc.type}
    assert {"cJSON_New_Item", "parse_string", "print"} <= callers
    assert all(s.type for s in unit.sites)


def test_no_direct_call_reaches_malloc(clang: Toolchain, cjson: Path) -> None:
    """Why the types matter: all of cJSON's allocation hides behind its hooks."""
    unit = facts.read_unit(clang.compile(*TARGET, "-O2", str(cjson)))
    assert not [call for call in unit.calls if call.callee == "malloc"]


def test_code_is_identical(clang: Toolchain, cjson: Path) -> None:
    for flags in (("-O0", "-g"), ("-O2",), ("-Os", "-ffunction-sections")):
        plain = clang.compile(*TARGET, *flags, str(cjson), plugin=False, output="plain.o")
        assert differences(plain, clang.compile(*TARGET, *flags, str(cjson))) == []

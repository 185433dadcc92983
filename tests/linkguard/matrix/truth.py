"""What an image really holds, by readelf and objcopy alone: nothing of linkguard decides it.

A banned function survives in an image when readelf lists one of its names among the symbols: a
function that is defined, an import that a dynamic relocation uses (mold and gold also list imports
that only collected code used), or in a static image a weak name that stayed undefined. Or when its
body is there without the name: every allocator that a case brings along counts in the variable
`allocator_ran`. That is volatile, so that no optimiser drops it, and in a section that it has by
name, so that the linker keeps it exactly with code that refers to it. Wherever the variable is in
the image, the body is.

(nm would do, but loads every plugin of the system's linkers, fifteen times as slow.)
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from tests.linkguard.matrix.axes import Platform
from tests.linkguard.matrix.build import must

BAN_LIST = Path(__file__).parents[3] / "linkguard" / "banlist.toml"
PRESETS = ("c-heap", "newlib-heap", "cxx-heap")
MARKER = "allocator_ran"
FUNCTIONS = ("FUNC", "IFUNC", "NOTYPE")  # as readelf calls the types


@cache
def banned() -> frozenset[str]:
    presets = tomllib.loads(BAN_LIST.read_text("utf-8"))
    return frozenset(name for preset in PRESETS for name in presets[preset]["functions"])


def survivors(image: Path) -> list[str]:
    """The banned functions in an image, by name; the marker stands for a body without its name."""
    found: set[str] = set()
    undefined: set[str] = set()
    used: set[str] = set()
    listed = must("readelf", "-srW", image)
    is_static = "'.dynsym'" not in listed
    for line in listed.splitlines():
        words = line.split()
        if len(words) >= 5 and words[2].startswith("R_"):
            used.add(_base(words[4]))  # offset, info, type, value, name
        elif len(words) >= 8 and words[0].endswith(":"):
            # number, value, size, type, bind, visibility, section, name
            name = _base(words[7])
            if name == MARKER:
                found.add(name)
            elif name in banned() and words[3] in FUNCTIONS:
                (found if words[6] != "UND" else undefined).add(name)
    return sorted(found | (undefined if is_static else undefined & used))


def _base(symbol: str) -> str:
    """Without the suffix of a clone and without a version."""
    return re.split(r"(?<=.)[.@]", symbol, maxsplit=1)[0]


def flash(platform: Platform, image: Path) -> bytes:
    """The bytes that would be written to flash."""
    output = image.with_suffix(".bin")
    must(f"{platform.prefix}objcopy", "-O", "binary", image, output)
    return output.read_bytes()


def imports(image: Path) -> list[str]:
    """The names that a program asks of shared libraries, and the libraries."""
    lines = must("readelf", "-dW", "--dyn-syms", image).splitlines()
    names = [_base(line.split()[7]) for line in lines if " UND " in line and len(line.split()) > 7]
    return sorted(names + [line.split(")")[-1] for line in lines if "(NEEDED)" in line])


def compare(platform: Platform, plain: Path, guarded: Path) -> str:
    """Whether the guard left the bytes alone: `same`, `differs`, or `imports`.

    The last is no fault: code that is collected still makes linkers import what it named, and so
    ask for a shared library that nothing uses. With the guard the name is another.
    """
    if flash(platform, plain) == flash(platform, guarded):
        return "same"
    if platform.is_host and imports(plain) != imports(guarded):
        return "imports"
    return "differs"

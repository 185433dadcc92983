"""Places in source files, and how a reader is told of them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Location(NamedTuple):
    """A place in a source file; line and column count from 1, 0 is unknown."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __bool__(self) -> bool:
        return bool(self.file)

    def without_up(self) -> Location:
        """`../../stdio.c` as `stdio.c`: a library's build directory is not on this machine."""
        file = self.file
        while file.startswith("../"):
            file = file[3:]
        return Location(file, self.line, self.column)


def shown(location: Location) -> Location:
    """A place as a reader finds it: from here if it is below here, without a library's `../`."""
    path = Path(location.file)
    if path.is_absolute():
        here = Path.cwd()
        if path.is_relative_to(here):
            return Location(path.relative_to(here).as_posix(), location.line, location.column)
    elif location.file.startswith("../") and not path.exists():
        return location.without_up()
    return location

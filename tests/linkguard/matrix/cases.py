"""The cases: small programs that say in their last lines what to expect of them.

`/* alive: why */`, `/* dead: why */` or `/* varies: why */`: whether an unguarded link must contain
a banned function. Then there may be `/* only: PATTERN */` and
`/* not: PATTERN: why */` about combinations, and `/* archive */`: the second part is a library.
A case marked `/* core */` runs in every combination. The others run at -O2, where inlining, cloning
and link-time optimisation are all at work, on the host and one bare machine, with the newest lld.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from tests.linkguard.matrix.axes import Combination

DIRECTORY = Path(__file__).parents[1] / "fixtures" / "cases"
EXPECTED = re.compile(r"/\* (alive|dead|varies): (.+) \*/$")
WITHOUT = re.compile(r"/\* not: (\S+): (.+) \*/$")
ONLY = re.compile(r"/\* only: (\S+) \*/$")


@dataclass(frozen=True)
class Case:
    name: str
    main: Path
    part: Path | None
    expected: str
    summary: str
    only: str
    without: tuple[tuple[str, str], ...]
    is_archive: bool
    is_core: bool

    @property
    def is_cxx(self) -> bool:
        return self.main.suffix == ".cpp"

    @property
    def sources(self) -> list[Path]:
        return [self.main, *([self.part] if self.part else [])]

    def runs_in(self, combination: Combination) -> bool:
        """Whether the matrix has this cell."""
        return (self.is_core or _is_representative(combination)) and not self.excluded(combination)

    def excluded(self, combination: Combination) -> str:
        """Why this case cannot be built so; empty when it can."""
        if self.only and not fnmatch(combination.name, self.only):
            return f"{self.name}: {self.only} only"
        for pattern, reason in self.without:
            if fnmatch(combination.name, pattern):
                return f"{self.name}: {reason}"
        return ""


def _is_representative(combination: Combination) -> bool:
    return (
        combination.optimisation == "-O2"
        and combination.platform.name in ("host", "nano")
        and combination.linker != "lld-19"
        and combination.mode.name != "thin-lto"
    )


def _read(path: Path) -> Case:
    lines = path.read_text().splitlines()
    expected = [found for line in lines if (found := EXPECTED.match(line))]
    if len(expected) != 1:
        raise ValueError(f"{path}: no line, or more than one, says what to expect")
    only = [found[1] for line in lines if (found := ONLY.match(line))]
    part = path.with_suffix(".part" + path.suffix)
    return Case(
        name=path.stem,
        main=path,
        part=part if part.exists() else None,
        expected=expected[0][1],
        summary=expected[0][2],
        only=only[0] if only else "",
        without=tuple((f[1], f[2]) for line in lines if (f := WITHOUT.match(line))),
        is_archive="/* archive */" in lines,
        is_core="/* core */" in lines,
    )


def load() -> list[Case]:
    """All cases, by name."""
    found = [path for path in DIRECTORY.iterdir() if path.suffix in (".c", ".cpp")]
    return [_read(path) for path in sorted(found) if ".part" not in path.name]

"""Command lines of linkers: what they make, and the same link once more to be explained."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from linkguard import guardfiles
from linkguard.errors import LinkguardError, reason
from linkguard.policy import Policy

LINKER_NAME = re.compile(r"(^|-)(ld(\.(bfd|lld|gold|mold))?|ld\.lld-\d+|lld|mold|gold)$")
QUERIES = frozenset(("--version", "--help", "-help", "--print-output-format"))
TALK = frozenset(("-v", "-V", "--verbose"))  # a query if there is nothing to link
RELOCATABLE = frozenset(("-r", "-i", "-Ur", "--relocatable"))
# Options after which names or debug information are missing, with which verify looks.
STRIPPING = frozenset(
    ("-s", "--strip-all", "-S", "--strip-debug", "-x", "--discard-all", "-X", "--discard-locals")
)
STRIPPING_WITH_VALUE = ("--retain-symbols-file",)
# Options that write a second file, or that would stop the link that is only looked at.
DROPPED = frozenset(
    ("--cref", "-M", "--print-map", "--fatal-warnings", "--print-gc-sections", "--no-undefined")
)
DROPPED_WITH_VALUE = ("-Map", "--Map", "--dependency-file", "--out-implib", "--unresolved-symbols")
NAMING_THE_OUTPUT = ("-Map", "--Map", "--dependency-file")  # they write files that name the image
SCRIPT_OPTIONS = ("-T", "--script", "-dT", "--default-script")


def is_linker(program: str) -> bool:
    return bool(LINKER_NAME.search(Path(program).name))


def expand(arguments: Sequence[str], depth: int = 0) -> list[str]:
    """Replace response files by what they hold, as the linker would."""
    found: list[str] = []
    for argument in arguments:
        path = Path(argument[1:])
        if not argument.startswith("@") or not path.is_file() or depth > 8:
            found.append(argument)
            continue
        try:
            found += expand(shlex.split(path.read_text("utf-8")), depth + 1)
        except (OSError, ValueError) as error:
            what = reason(error) if isinstance(error, OSError) else str(error).lower()
            raise LinkguardError(path, f"cannot read the response file: {what}") from error
    return found


class LinkCommand(NamedTuple):
    """The arguments of one run of a linker, response files expanded."""

    arguments: tuple[str, ...]

    @classmethod
    def of(cls, arguments: Sequence[str]) -> LinkCommand:
        return cls(tuple(expand(arguments)))

    @property
    def makes_image(self) -> bool:
        """Whether a linked image comes out; a query or a partial link makes none."""
        used = set(self.arguments)
        libraries = ("-l", "--library")
        inputs = any(a.startswith(libraries) or not a.startswith("-") for a in self.arguments)
        asks = used & QUERIES and "-o" not in used
        return not used & RELOCATABLE and not asks and (inputs or not used & TALK)

    @property
    def output(self) -> Path:
        found = "a.out"
        for option, value in _values(self.arguments, ("-o", "--output")):
            found = value if option else found
        return Path(found)

    @property
    def files_naming_output(self) -> list[Path]:
        return [Path(value) for _, value in _values(self.arguments, NAMING_THE_OUTPUT)]

    @property
    def strips_symbols(self) -> bool:
        return self.with_symbols() != self

    def with_output(self, path: Path) -> LinkCommand:
        kept = _without(self.arguments, ("-o", "--output"))
        return LinkCommand((*kept, "-o", str(path)))

    def with_symbols(self) -> LinkCommand:
        kept = [argument for argument in self.arguments if argument not in STRIPPING]
        return LinkCommand(tuple(_without(kept, STRIPPING_WITH_VALUE)))

    def with_guard_first(self) -> LinkCommand:
        """GNU ld wants a script that only inserts before the one it inserts into."""
        scripts = [value for _, value in _values(self.arguments, SCRIPT_OPTIONS)]
        guard = [value for value in scripts if guardfiles.is_guard_script(Path(value))]
        if not guard:
            return self
        return LinkCommand(("-T", guard[0], *_without_guard(self.arguments)))

    def without_guard(self, policy: Policy) -> LinkCommand:
        """The link as it would be if nothing were refused."""
        kept: list[str] = []
        skip = False
        for argument in _without_guard(self.arguments):
            name = argument.removeprefix("-").removeprefix("-wrap=").removeprefix("wrap=")
            if skip and policy.bans(argument):
                kept.pop()
            elif name == argument or not policy.bans(name):
                kept.append(argument)
            skip = argument in ("--wrap", "-wrap")
        return LinkCommand(tuple(kept))

    def to_explain(self, image: Path, map_file: Path, collect: bool = True) -> LinkCommand:
        """The same link, with everything in its place even where a symbol is missing.

        The guard's script goes, since a discarded definition is an error that no option
        silences; the renaming of references stays. Without `collect` nothing is collected.
        """
        kept = [a for a in _without_guard(self.with_symbols().arguments) if a not in DROPPED]
        kept = _without(kept, DROPPED_WITH_VALUE)
        kept = _without(kept, ("-o", "--output"))
        # From binutils 2.43 on, GNU ld calls a Thumb branch to an undefined symbol an error even
        # when undefined symbols are ignored; the image is only looked at, so it is kept.
        lenient = ["--unresolved-symbols=ignore-all", "--noinhibit-exec"]
        lenient += [] if collect else ["--no-gc-sections"]
        extra = (*lenient, "--emit-relocs", f"-Map={map_file}")
        return LinkCommand((*kept, *extra, "-o", str(image)))


def _values(arguments: Sequence[str], options: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The values of options, in any of the forms `-o x`, `-ox`, `--output=x`, `--output x`."""
    for index, argument in enumerate(arguments):
        for option in options:
            if (length := _match(argument, option)) is not None:
                if length == 0 and index + 1 < len(arguments):
                    yield option, arguments[index + 1]
                elif length:
                    yield option, argument[length:]


def _match(argument: str, option: str) -> int | None:
    """0: the value is the next argument; n: it begins at character n; None: another option."""
    if argument == option:
        return 0
    if argument.startswith(option + "="):
        return len(option) + 1
    if len(option) == 2 and argument.startswith(option):
        return 2
    return None


def _without(arguments: Sequence[str], options: Sequence[str]) -> list[str]:
    kept: list[str] = []
    skip = False
    for argument in arguments:
        if skip:
            skip = False
            continue
        lengths = [_match(argument, option) for option in options]
        if any(length == 0 for length in lengths):
            skip = True
        elif all(length is None for length in lengths):
            kept.append(argument)
    return kept


def _without_guard(arguments: Sequence[str]) -> list[str]:
    kept: list[str] = []
    index = 0
    while index < len(arguments):
        argument = arguments[index]
        width = 1
        for option in SCRIPT_OPTIONS:
            if (length := _match(argument, option)) is not None:
                width = 2 if length == 0 else 1
                value = arguments[index + 1 : index + 2] if length == 0 else [argument[length:]]
                if value and guardfiles.is_guard_script(Path(value[0])):
                    width = -width
                break
        if width > 0:
            kept += arguments[index : index + width]
        index += abs(width)
    return kept

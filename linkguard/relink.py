"""Running linkers: which one is real, the user's link, and the one that is only looked at."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from linkguard import elf, linkmap, shimfiles
from linkguard.errors import LinkguardError, reason
from linkguard.linkcommand import LinkCommand, is_linker
from linkguard.liveness import Image

# What a GCC driver tells its children, its -B directories among it.
DRIVER_VARIABLES = ("COMPILER_PATH", "GCC_EXEC_PREFIX", "COLLECT_GCC", "COLLECT_GCC_OPTIONS")
CAPTURE = "LINKGUARD_CAPTURE"  # a directory: link into it to be explained, and do nothing else
IMAGE, MAP, UNCOLLECTED = "image.elf", "image.map", "uncollected"


def find_linker(name: str, shim: Path | None, given: str | None = None) -> str:
    """The real linker behind a shim: the one given, the compiler's own, or the first on PATH."""
    if given:
        found = shutil.which(given)
        if found is None:
            raise LinkguardError(given, "no such linker: give --linker a program that is there")
        return found
    if compiler := os.environ.get("COLLECT_GCC"):
        answer = _ask(compiler, f"-print-prog-name={name}")
        if answer and Path(answer).is_absolute() and not _is_shim(Path(answer), shim):
            return answer
    for directory in os.get_exec_path():
        candidate = Path(directory) / name
        if os.access(candidate, os.X_OK) and not _is_shim(candidate, shim):
            return str(candidate)
    if versioned := _newest_versioned(name):
        return versioned
    raise LinkguardError(name, "the real linker is not on PATH: make the shim with --linker")


def _is_shim(program: Path, shim: Path | None) -> bool:
    return shim is not None and program.resolve().parent == shim.resolve()


def _ask(compiler: str, question: str) -> str:
    clean = {key: value for key, value in os.environ.items() if key not in DRIVER_VARIABLES}
    try:
        result = subprocess.run(
            [compiler, question],
            env=clean,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    answer = result.stdout.strip()
    return shutil.which(answer) or answer


def _newest_versioned(name: str) -> str | None:
    """`ld.lld-22` where only versioned names are installed, as on Debian."""
    pattern = re.compile(re.escape(name) + r"-(\d+)")
    found: dict[int, str] = {}
    for directory in os.get_exec_path():
        if Path(directory).is_dir():
            for entry in Path(directory).iterdir():
                if match := pattern.fullmatch(entry.name):
                    found.setdefault(int(match[1]), str(entry))
    return found[max(found)] if found else None


def pass_on(linker: str, arguments: Sequence[str]) -> int:
    """Run a linker that is only asked something, or that makes no image."""
    try:
        return subprocess.run([linker, *arguments], check=False).returncode
    except OSError as error:
        raise LinkguardError(linker, f"cannot run the linker: {reason(error)}") from error


def run(
    linker: str, command: LinkCommand, quiet: bool = False
) -> subprocess.CompletedProcess[bytes]:
    """Run a linker to its end; stdout is passed on unless `quiet`, stderr is kept."""
    talk = subprocess.DEVNULL if quiet else None
    arguments = [linker, *command.arguments]
    try:
        return subprocess.run(arguments, stdout=talk, stderr=subprocess.PIPE, check=False)
    except OSError as error:
        raise LinkguardError(linker, f"cannot run the linker: {reason(error)}") from error


def link_to_explain(linker: str, command: LinkCommand, directory: Path) -> None:
    """Link once more, into a directory of our own, with relocations and a map.

    gold (1.16) dies of relocations in a link that collects; there everything is kept, and said.
    """
    result = run(linker, command.to_explain(directory / IMAGE, directory / MAP), quiet=True)
    if not (directory / IMAGE).is_file() and b"internal error" in result.stderr:
        again = command.to_explain(directory / IMAGE, directory / MAP, collect=False)
        if (second := run(linker, again, quiet=True)).returncode == 0:
            (directory / UNCOLLECTED).touch()
            result = second
    if not (directory / IMAGE).is_file():
        last = result.stderr.decode("utf-8", "replace").strip().splitlines()
        words = f": {last[-1]}" if last else ""
        if b"discarded section" in result.stderr:
            words = ": explain it without the lines that include linkguard-sections.ld"
        raise LinkguardError(linker, f"the link to be explained failed too{words}")


def load(directory: Path, label: str) -> Image:
    """The image and map that `link_to_explain` left."""
    data = elf.read_file(directory / IMAGE)
    image = Image(elf.Elf(data, label), linkmap.read(directory / MAP))
    image.collected = not (directory / UNCOLLECTED).exists()
    return image


def by_command(command: list[str]) -> Image:
    """What a link command makes, linked once more into a directory of our own.

    The user's output is not touched.
    """
    with tempfile.TemporaryDirectory(prefix="linkguard-") as name:
        directory = Path(name)
        if is_linker(command[0]):
            link = LinkCommand.of(command[1:])
            linker = find_linker(command[0], None, command[0])
            link_to_explain(linker, link, directory)
            return load(directory, str(link.output))
        return _through_driver(command, directory)


def _through_driver(command: list[str], directory: Path) -> Image:
    """A compiler driver finds our shim by -B, and the shim links where we want it."""
    compiler = shutil.which(command[0])
    if compiler is None:
        raise LinkguardError(command[0], "no such program: give the link command as you run it")
    shim = directory / "shim"
    shimfiles.write(shim, None, None)
    environment = {**os.environ, CAPTURE: str(directory)}
    try:
        result = subprocess.run(
            [compiler, f"-B{shim}", *command[1:]],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
    except OSError as error:
        raise LinkguardError(compiler, f"cannot run it: {reason(error)}") from error
    if not (directory / IMAGE).is_file():
        sys.stderr.buffer.write(result.stderr)
        raise LinkguardError(
            command[0], "the command linked nothing through -B: give the linker's own command"
        )
    return load(directory, str(LinkCommand.of(command[1:]).output))

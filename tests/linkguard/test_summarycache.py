"""A known archive is answered before anything is loaded, and nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from linkguard import summarycache
from tests.linkguard.toolchains import NANO

ROOT = Path(__file__).parents[2]
HEAVY = ("argparse", "re", "linkguard.cli", "linkguard.elf", "dataclasses", "pathlib")


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, bytes]:
    """An archive, a cache that has it, and its facts."""
    NANO.require()
    directory = tmp_path_factory.mktemp("known")
    library, cache = NANO.library("libm.a"), directory / "cache"
    assert start("summarize", library, "-o", directory / "facts", "--cache", cache).returncode == 0
    return library, cache, (directory / "facts").read_bytes()


def start(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "linkguard", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, text=True, capture_output=True, check=False, env=environment)


@pytest.mark.parametrize("option", ["-o", "--output"])
def test_it_answers_with_the_same_bytes(
    known: tuple[Path, Path, bytes], option: str, tmp_path: Path
) -> None:
    library, cache, facts = known
    output = tmp_path / "new" / "facts"
    words = [option, output, "--cache", cache, library, library]
    assert summarycache.answers([str(word) for word in words])
    assert output.read_bytes() == facts * 2
    assert list(output.parent.iterdir()) == [output]


def test_it_loads_next_to_nothing(known: tuple[Path, Path, bytes], tmp_path: Path) -> None:
    library, cache, _ = known
    words = ["summarize", str(library), "-o", str(tmp_path / "facts"), "--cache", str(cache)]
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv[1:] = {words!r}; "
        "from linkguard.start import main; assert main() == 0; "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path += {sys.path!r}; {code}"],
        text=True,
        capture_output=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_damaged_entry_is_made_again(known: tuple[Path, Path, bytes], tmp_path: Path) -> None:
    library, cache, facts = known
    mine, output = tmp_path / "cache", tmp_path / "facts"
    mine.mkdir()
    (entry,) = cache.iterdir()
    for damaged in (entry.read_bytes()[:-1], b"", entry.read_bytes()[:60] + b"x" * 70):
        (mine / entry.name).write_bytes(damaged)
        words = (str(library), "-o", str(output), "--cache", str(mine))
        assert not summarycache.answers(list(words)) and not output.exists()
        assert start("summarize", *words).returncode == 0
        assert output.read_bytes() == facts
        assert (mine / entry.name).read_bytes() == entry.read_bytes()
        output.unlink()


@pytest.mark.parametrize(
    "words",
    [
        ["{library}", "-o", "{output}"],
        ["{library}", "-o"],
        ["{library}", "-o", "{output}", "--cache"],
        ["{library}", "-o", "{output}", "--cache", "{cache}", "--help"],
        ["{library}", "--output={output}", "--cache", "{cache}"],
        ["{library}", "{output}.a", "-o", "{output}", "--cache", "{cache}"],
        ["-o", "{output}", "--cache", "{cache}"],
        ["{cache}", "-o", "{output}", "--cache", "{cache}"],
        ["{library}", "-o", "/dev/null/facts", "--cache", "{cache}"],
    ],
)
def test_all_else_is_for_the_command(
    known: tuple[Path, Path, bytes], words: list[str], tmp_path: Path
) -> None:
    library, cache, _ = known
    output = tmp_path / "facts"
    given = [word.format(library=library, output=output, cache=cache) for word in words]
    assert not summarycache.answers(given)
    assert not output.exists()


def test_another_name_or_content_is_another_entry() -> None:
    entries = {
        summarycache.entry_for("cache", name, content)
        for name in ("libc.a", "libm.a")
        for content in (b"", b"\0", b"libc.a")
    }
    assert len(entries) == 6

"""What the documents and the tree say of each other."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("runtime", "checker", "linkguard")


def source_files() -> list[Path]:
    found = [path for part in PARTS for path in (ROOT / part).rglob("*")]
    return [path for path in found if path.suffix in {".c", ".h", ".cpp", ".py"}]


def tour() -> set[str]:
    text = (ROOT / "CONTRIBUTING.md").read_text().split("## A tour of the code")[1]
    return set(re.findall(r"`([\w.]+\.(?:c|h|cpp|py))`", text))


def stands_for(name: str) -> set[str]:
    """A header of a C++ source is its contract: the tour names one of the two."""
    stem, suffix = name.rsplit(".", 1)
    return {name, f"{stem}.cpp"} if suffix == "h" else {name, f"{stem}.h"}


@pytest.mark.parametrize("part", PARTS)
def test_the_tour_names_every_source_file(part: str) -> None:
    named = tour()
    files = [path for path in source_files() if path.is_relative_to(ROOT / part)]
    unnamed = [
        str(path.relative_to(ROOT))
        for path in files
        if path.name != "__init__.py" and not (stands_for(path.name) & named)
    ]
    assert not unnamed, "CONTRIBUTING.md's tour lacks these"


def test_the_tour_names_no_file_that_is_gone() -> None:
    there = {path.name for path in ROOT.rglob("*.*") if path.relative_to(ROOT).parts[0] != "build"}
    assert not tour() - there


def texts() -> list[tuple[str, str]]:
    found = []
    for path in sorted(ROOT.rglob("*")):
        name = path.relative_to(ROOT)
        passing = {"build", ".git"} & set(name.parts[:1]) or any("cache" in p for p in name.parts)
        if path.is_file() and not passing:
            found.append((str(name), path.read_text()))
    return found


def test_no_file_names_a_place_of_one_machine() -> None:
    this = str(Path(__file__).relative_to(ROOT))
    private = re.compile(r"(?:(?<![\w.])|\.dir)/(?:home|root|work|Users)/\w")
    found = [name for name, text in texts() if name != this and private.search(text)]
    assert not found


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nonsense"], "run: error: 'nonsense' is not a command"),
        (["test", "nonsense"], "run: error: 'nonsense' is not a part: test one of project, "),
        (["demo", "nonsense"], "run: error: 'demo' does not take 'nonsense': see ./run help"),
        (["bench", "runtime", "x"], "run: error: 'bench' does not take 'x': see ./run help"),
        (["LLVM=20", "demo"], "run: error: LLVM=20 is not supported: choose one of 22 19"),
    ],
)
def test_a_wrong_word_is_refused_before_anything_is_installed(
    tmp_path: Path, words: list[str], message: str
) -> None:
    front_door = Path(shutil.copy(ROOT / "run", tmp_path))
    settings = [word for word in words if "=" in word]
    rest = [word for word in words if "=" not in word]
    done = subprocess.run(
        ["env", *settings, front_door, *rest], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_the_two_manifests_name_one_version() -> None:
    cmake = re.search(r"project\(weir VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())
    python = re.search(
        r'^version = "([\d.]+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE
    )
    assert cmake and python and cmake[1] == python[1]

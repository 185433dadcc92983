"""linkguard, as a wheel: everything that the checkout has, and it runs from there."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT, done

CALL = "#include <stdlib.h>\nint main(void) { return malloc(4) == 0; }\n"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as a wheel brings it, and nothing else of the checkout."""
    directory = tmp_path_factory.mktemp("wheel")
    # From a copy: setuptools leaves its own directories beside what it builds.
    tracked = done("git", "-C", ROOT, "ls-files", "linkguard", "pyproject.toml").splitlines()
    for name in tracked:
        copy = directory / "source" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / name).read_bytes())
    wheel = [sys.executable, "-m", "pip", "-q", "wheel", "--no-deps", "--no-build-isolation"]
    done(*wheel, "--wheel-dir", directory, directory / "source")
    (found,) = directory.glob("*.whl")
    with zipfile.ZipFile(found) as archive:
        archive.extractall(directory / "installed")
    return directory / "installed"


def test_the_wheel_holds_the_whole_package(installed: Path) -> None:
    tracked = done("git", "-C", ROOT, "ls-files", "linkguard").splitlines()
    wanted = {name for name in tracked if not name.endswith(".md")}
    assert wanted <= {str(path.relative_to(installed)) for path in installed.rglob("*")}


def test_the_wheel_guards_a_link(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed)}

    def linkguard(*words: str) -> None:
        command = [sys.executable, "-m", "linkguard", *words]
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)

    linkguard("flags", "--no-script", "--output", "guard")
    linkguard("shim", "--output", "bin")
    (tmp_path / "main.c").write_text(CALL)
    link = ["gcc", "-O2", "main.c", "@guard/linkguard.rsp", "-Bbin", "-o", "main"]
    result = subprocess.run(
        link, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    assert "'malloc' survives: called by 'main'" in result.stdout + result.stderr
    assert not (tmp_path / "main").exists()

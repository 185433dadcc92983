"""Shared fixtures: the guard's files, made once, and a command line run in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from linkguard import cli


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


@pytest.fixture
def linkguard(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run `linkguard ARGUMENT...` and say what it printed."""

    def call(*arguments: object) -> Outcome:
        capfd.readouterr()
        try:
            status = cli.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = int(stop.code or 0)
        captured = capfd.readouterr()
        return Outcome(status, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def guards(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """Directories with the guard's files for the default policy: with a script, and without."""
    found = {script: tmp_path_factory.mktemp("guard") for script in (True, False)}
    for script, directory in found.items():
        options = [] if script else ["--no-script"]
        assert cli.main(["flags", "--output", str(directory), *options]) == 0
    return found


@pytest.fixture(scope="session")
def guard(guards: dict[bool, Path]) -> Path:
    return guards[True]


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("shim")
    assert cli.main(["shim", "--output", str(directory)]) == 0
    return directory

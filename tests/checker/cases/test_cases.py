"""Small programs, each in a form that must fail and a form that must pass: see casebook.py.

What is not judged rightly yet is marked in the case, and must stay exactly so.
"""

import os
from pathlib import Path

import pytest
from casebook import REPOSITORY, Case, cases, libc_facts

LEVELS = ("-O0", "-O2")
CASES = cases()


@pytest.fixture(scope="session")
def build() -> Path:
    return Path(os.environ.get("WEIR_BUILD_DIR", REPOSITORY / "build" / "checker")).absolute()


@pytest.fixture(scope="session")
def libc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return libc_facts(tmp_path_factory.mktemp("libc"))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_must_fail(case: Case, level: str, build: Path, libc: Path, tmp_path: Path) -> None:
    status, out = case.check(build, 1, tmp_path, level, libc)
    assert case.is_caught(status, out) == (case.known != "miss"), out


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_must_pass(case: Case, level: str, build: Path, libc: Path, tmp_path: Path) -> None:
    status, out = case.check(build, 0, tmp_path, level, libc)
    assert ((status, out) == (0, "")) == (case.known != "alarm"), out


def test_there_are_as_many_cases_as_promised() -> None:
    assert len(CASES) >= 60

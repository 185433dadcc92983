"""Fixtures over checking.py."""

from pathlib import Path

import pytest
from checking import Checker, Code, built_program, code


@pytest.fixture(scope="session")
def program() -> Path:
    return built_program()


@pytest.fixture
def checker(program: Path, tmp_path: Path) -> Checker:
    return Checker(program, tmp_path)


@pytest.fixture(name="code")
def code_fixture() -> Code:
    return code

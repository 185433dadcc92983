"""A build by clang."""

import pytest
from building import Build
from checking import Checker
from refuting import CLANG


@pytest.fixture
def build(checker: Checker) -> Build:
    return Build(checker, [CLANG])

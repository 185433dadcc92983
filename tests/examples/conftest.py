"""The examples are built with the tools that `./run` made; without them nothing can be shown."""

from __future__ import annotations

import os

import pytest

NEEDED = ("WEIR_ROOT", "WEIR_BUILD_DIR", "WEIR_CLANG", "WEIR_CJSON")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [name for name in NEEDED if name not in os.environ]
    if missing:
        pytest.exit(f"{', '.join(missing)} not set: run these tests by './run test examples'", 2)

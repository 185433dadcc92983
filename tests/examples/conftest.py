"""The examples are built with the tools that `./run` made; without them nothing can be shown."""

from __future__ import annotations

import os

import pytest

NEEDED = ("WEIR_ROOT", "WEIR_BUILD_DIR", "WEIR_LLVM", "WEIR_CLANG", "WEIR_CJSON")

if missing := [name for name in NEEDED if name not in os.environ]:
    pytest.exit(f"{', '.join(missing)} not set: run these tests by './run test examples'", 2)

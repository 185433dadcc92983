"""The compiler and the plugin under test: WEIR_CLANG, and WEIR_BUILD_DIR, where it was built."""

import os
from pathlib import Path

import pytest
from compiling import REPOSITORY, Toolchain


@pytest.fixture(scope="session")
def plugin_path() -> Path:
    build = Path(os.environ.get("WEIR_BUILD_DIR", REPOSITORY / "build/checker"))
    path = (build / "checker/plugin/weir.so").absolute()
    assert path.exists(), f"{path} is not built; WEIR_BUILD_DIR names the checker's build directory"
    return path


@pytest.fixture
def clang(plugin_path: Path, tmp_path: Path) -> Toolchain:
    return Toolchain(os.environ.get("WEIR_CLANG", "clang-22"), plugin_path, tmp_path)


@pytest.fixture
def cjson() -> Path:
    """cJSON's source, from the distribution's source package."""
    directory = os.environ.get("WEIR_CJSON")
    if not directory and not os.environ.get("WEIR_REQUIRE_TOOLS"):
        pytest.skip("WEIR_CJSON does not name cJSON's source")
    source = Path(directory or "") / "cJSON.c"
    assert source.exists(), f"{source} is missing; './run test' fetches it"
    return source

"""The checker, installed: the plugin and weir-check, by hand and through CMake."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.conftest import done, run

BAD = "#include <stdlib.h>\nint main(void) { return malloc(4) == 0; }\n"
GOOD = "int main(void) { return 0; }\n"
POLICY = '[ban]\npresets = ["c-heap"]\n[roots]\nfunctions = ["main"]\n'

USE = """cmake_minimum_required(VERSION 3.25)
project(user C)
find_package(weir-checker 0.1 REQUIRED)
add_executable(user main.c)
weir_check(user POLICY weir.toml)
"""


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefix = tmp_path_factory.mktemp("prefix")
    done("cmake", "--install", os.environ["WEIR_BUILD_DIR"], "--prefix", prefix)
    return prefix


def configured(prefix: Path, project: Callable[..., Path], main: str) -> Path:
    files = {"main.c": main, "weir.toml": POLICY, "CMakeLists.txt": USE}
    clang = os.environ["WEIR_CLANG"]
    return project(files, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_C_COMPILER={clang}")


def test_the_installed_tools_work(prefix: Path, tmp_path: Path) -> None:
    source, image, policy = (tmp_path / name for name in ("main.c", "main", "weir.toml"))
    source.write_text(BAD)
    policy.write_text(POLICY)
    plugin = prefix / "lib/weir/weir.so"
    done(os.environ["WEIR_CLANG"], f"-fplugin={plugin}", source, "-o", image)
    result = run(prefix / "bin/weir-check", "--policy", policy, image)
    assert result.returncode == 1
    assert "'main' reaches banned function 'malloc'" in result.stdout


def test_a_clean_program_builds(prefix: Path, project: Callable[..., Path]) -> None:
    build = configured(prefix, project, GOOD)
    done("cmake", "--build", build)
    assert "no work to do" in done("cmake", "--build", build)


def test_a_violation_fails_the_build(prefix: Path, project: Callable[..., Path]) -> None:
    result = run("cmake", "--build", configured(prefix, project, BAD))
    assert result.returncode != 0
    assert "'main' reaches banned function 'malloc'" in result.stdout


def test_a_changed_policy_is_judged_anew(prefix: Path, project: Callable[..., Path]) -> None:
    build = configured(prefix, project, BAD)
    policy = build.parent / "weir.toml"
    policy.write_text(f'{POLICY}[[allow]]\ncaller = "main"\ncallee = "malloc"\nreason = "a test"\n')
    done("cmake", "--build", build)
    policy.write_text(POLICY)
    result = run("cmake", "--build", build)
    assert result.returncode != 0
    assert "Building C object" not in result.stdout


def test_another_compiler_is_refused(prefix: Path, tmp_path: Path) -> None:
    (tmp_path / "main.c").write_text(GOOD)
    (tmp_path / "weir.toml").write_text(POLICY)
    (tmp_path / "CMakeLists.txt").write_text(USE)
    options = [f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_C_COMPILER=gcc"]
    result = run("cmake", "-G", "Ninja", "-S", tmp_path, "-B", tmp_path / "build", *options)
    assert result.returncode != 0
    assert "the plugin is Clang's, and 'user' is compiled by another" in result.stderr

"""Weir as its users get it: installed, and used from a project of their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

if "WEIR_BUILD_DIR" not in os.environ or "WEIR_CLANG" not in os.environ:
    pytest.exit("WEIR_BUILD_DIR, WEIR_CLANG not set: run these by './run test packaging'", 2)


def run(*command: object, **options: object) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def done(*command: object) -> str:
    """What a command that has to succeed printed."""
    result = run(*command)
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Configure a project of these files, and say where it builds."""

    def configure(files: dict[str, str], *options: object) -> Path:
        source = tmp_path / "project"
        source.mkdir()
        for name, text in files.items():
            (source / name).write_text(text)
        done("cmake", "-G", "Ninja", "-S", source, "-B", source / "build", *options)
        return source / "build"

    return configure

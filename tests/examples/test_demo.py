"""The demo itself is the end-to-end test; and its comparisons must be able to fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(os.environ["WEIR_ROOT"])


def run_module(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_demo_shows_all_four_and_ends_with_a_summary_of_four_lines() -> None:
    done = run_module("examples.demo")
    assert done.returncode == 0, done.stdout + done.stderr
    summary = done.stdout.split("\nSummary\n")[1].strip().splitlines()
    assert [line.split()[0] for line in summary] == ["checker", "linkguard", "after", "runtime"]


def test_demo_fails_when_the_firmware_behaves_otherwise() -> None:
    from examples import demo

    with pytest.raises(demo.Mismatch):
        demo.expect(False, "something")
    finding = "main.c:1:1: error: 'main' reaches 'malloc'\nnote: 'main' calls 'printf'\n"
    assert demo.hops_in_order(finding, ["main", "malloc", "printf"])
    assert not demo.hops_in_order(finding, ["printf", "main", "malloc"])
    two = finding + "b.c:1:1: error: 'b' reaches 'free'\n"
    assert not demo.hops_in_order(two, ["main", "free"]), "names of two findings are not one path"


def test_documents_show_what_the_tools_print() -> None:
    done = run_module("examples.readme", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_readme_check_sees_a_changed_hop() -> None:
    from examples import readme

    text = "<!-- output: x -->\n```\na.c:1:2: error: 'f'\n```\n"
    assert readme.fill(text, {"x": "a.c:9:9: error: 'f'\n"}) != text
    assert readme.loose(readme.fill(text, {"x": "a.c:9:9: error: 'f'\n"})) == readme.loose(text)
    assert readme.loose(readme.fill(text, {"x": "a.c:1:2: error: 'g'\n"})) != readme.loose(text)

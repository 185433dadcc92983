"""The demo itself is the end-to-end test; and its comparisons must be able to fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from examples import build, demo, readme

ROOT = Path(os.environ["WEIR_ROOT"])


def run_module(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
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


BLOCK = """<!-- output: x, debian-12 -->
```
examples/a.c:1:2: error: 'f'
newlib/b.c:3:4: note: 'g'
```
"""


@pytest.mark.parametrize(
    ("printed", "here", "stale"),
    [
        ("examples/a.c:9:9: error: 'f'\nnewlib/b.c:9: note: 'g'\n", "debian-12", False),
        ("examples/a.c:1:2: error: 'f'\nnewlib/b.c:3:4: note: 'h'\n", "debian-12", True),
        ("examples/a.c:1:2: error: 'f'\nnewlib/b.c:3:4: note: 'h'\n", "debian-13", False),
        ("examples/a.c:1:2: error: 'h'\nnewlib/b.c:3:4: note: 'g'\n", "debian-13", True),
    ],
)
def test_readme_check_sees_a_changed_hop(printed: str, here: str, stale: bool) -> None:
    assert readme.stale_blocks(BLOCK, {"x": printed}, here) == (["x"] if stale else [])


def test_readme_is_filled_with_what_was_printed() -> None:
    assert readme.fill(BLOCK, {"x": "new\n"}, "debian-13") == (
        "<!-- output: x, debian-13 -->\n```\nnew\n```\n"
    )


def test_a_refused_link_shows_each_direct_caller_and_says_where_the_rest_is(tmp_path: Path) -> None:
    def finding(function: str, caller: str) -> str:
        error = f"error: '{function}' survives: called by '{caller}' [weir-banned-symbol]"
        return f"lib.c:1:1: {error}\nmain.c:2:2: note: 'main' calls '{caller}'\n"

    every = finding("malloc", "f") + finding("malloc", "g") + finding("free", "h")
    text = "ld: main.o: in function `main':\n" + every + "collect2: error: ld returned 1\n"
    shown = demo.chains(text, tmp_path / "all.txt")
    assert shown == f"{every}... and the linker's own words: {tmp_path / 'all.txt'}"
    assert "in function `main'" in (tmp_path / "all.txt").read_text()


def test_outputs_do_not_tell_where_the_project_is() -> None:
    text = (
        "/some/where/a.c:1:1: note: in CMakeFiles/x.dir/some/where/a.c.obj, from /usr/some/where/b"
    )
    shown = "a.c:1:1: note: in CMakeFiles/x.dir/a.c.obj, from /usr/some/where/b"
    assert build.readable(text, Path("/some/where")) == shown

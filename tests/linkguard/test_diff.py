"""What appeared and what vanished between two builds of one program."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.linkguard.conftest import Outcome
from tests.linkguard.toolchains import FIXTURES, HOST, NANO, must

Run = Callable[..., Outcome]
PROGRAM = """#include <stdlib.h>
void *volatile kept; volatile int on;
__attribute__((noinline)) void add(void) {{ kept = {add}; }}
__attribute__((noinline)) void tick(void) {{ if (on) {tick}; else on = 1; }}
int main(void) {{ add(); tick(); return 0; }}
"""


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Path]:
    NANO.require()
    start = NANO.compile(FIXTURES / "start.c", tmp_path / "start.o")

    def image(name: str, add: str, tick: str, *options: str) -> Path:
        source = tmp_path / "program.c"
        source.write_text(PROGRAM.format(add=add, tick=tick))
        program = NANO.compile(source, tmp_path / f"{name}.o", "-Os")
        options = options or ("-Wl,--emit-relocs", f"-Wl,-Map={tmp_path}/{name}.map")
        must(*NANO.link_command([start, program], tmp_path / f"{name}.elf", *options))
        return tmp_path / f"{name}.elf"

    return image


def test_the_same_image_has_no_difference(linkguard: Run, build: Callable[..., Path]) -> None:
    image = build("a", "malloc(4)", "on = 2")
    assert linkguard("diff", image, image) == Outcome(0, "", "")


@pytest.mark.parametrize("options", [(), ("-Wl,-S",)], ids=["relocations", "branches"])
def test_a_user_appears_with_its_chain_and_vanishes(
    linkguard: Run, build: Callable[..., Path], options: tuple[str, ...]
) -> None:
    old = build("old", "0", "on = 2", *options)
    new = build("new", "malloc(4)", "on = 2", *options)
    outcome = linkguard("diff", old, new)
    assert outcome.status == 1
    assert ": error: 'malloc' appeared: called by 'add' [weir-banned-symbol]" in outcome.out
    assert "'main' calls 'add'" in outcome.out
    assert "'_malloc_r' appeared: only 'malloc' uses it, which is banned itself" in outcome.out
    assert ("only branches in the code are followed" in outcome.err) == bool(options)
    outcome = linkguard("diff", new, old)
    assert outcome.status == 0
    assert "note: 'malloc' vanished: called by 'add'" in outcome.out


def test_a_second_user_and_another_way(linkguard: Run, build: Callable[..., Path]) -> None:
    old = build("old", "malloc(4)", "on = 2")
    second = build("second", "malloc(4)", "kept = malloc(8)")
    outcome = linkguard("diff", old, second)
    assert outcome.status == 1
    assert outcome.out.count(": error: ") == 1
    assert "'malloc' appeared: called by 'tick'" in outcome.out
    another = build("another", "malloc(4)", "add()")
    outcome = linkguard("diff", old, another)
    assert outcome.status == 1
    errors = [line for line in outcome.out.splitlines() if ": error: " in line]
    assert len(errors) == 1
    assert "'add', which uses 'malloc', is reached another way" in errors[0]
    assert "'tick' jumps to 'add'" in outcome.out
    assert linkguard("diff", another, old).status == 0


def test_json(linkguard: Run, build: Callable[..., Path], tmp_path: Path) -> None:
    old, new = build("old", "0", "on = 2"), build("new", "malloc(4)", "on = 2")
    maps = ("--old-map", tmp_path / "old.map", "--new-map", tmp_path / "new.map")
    record = json.loads(linkguard("diff", "--format", "json", *maps, old, new).out)
    assert (record["format"], record["version"]) == ("linkguard-diff", 1)
    assert record["old"]["name"] == "old.elf" and record["old"]["sha256"]
    (found,) = [f for f in record["appeared"] if f["symbols"][0]["callee"] == "malloc"]
    assert found["path"][-1]["text"] == "'add' calls 'malloc', in new.o"
    assert record["vanished"] == []


def test_an_import_appears_on_a_host(linkguard: Run, tmp_path: Path) -> None:
    HOST.require()
    images = []
    for case in ("clean", "call"):
        program = HOST.compile(FIXTURES / "cases" / f"{case}.c", tmp_path / f"{case}.o")
        images.append(tmp_path / f"{case}.elf")
        must(*HOST.link_command([program], images[-1]))
    outcome = linkguard("diff", *images)
    assert outcome.status == 1 and "'malloc' appeared: it is imported" in outcome.out


def test_images_of_two_machines_are_no_pair(
    linkguard: Run, build: Callable[..., Path], tmp_path: Path
) -> None:
    HOST.require()
    program = HOST.compile(FIXTURES / "cases" / "clean.c", tmp_path / "host.o")
    must(*HOST.link_command([program], tmp_path / "host.elf"))
    outcome = linkguard("diff", build("a", "0", "on = 2"), tmp_path / "host.elf")
    assert outcome.status == 2
    assert "host.elf: error: code for x86_64, but " in outcome.err

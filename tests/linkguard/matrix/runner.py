"""Running the cells: what there is to do, what is known already, and two workers."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import linkguard
from linkguard import files, guardfiles, policy
from tests.linkguard.matrix import build, cases
from tests.linkguard.matrix.axes import Combination, Mode, Platform, combinations
from tests.linkguard.matrix.cases import Case
from tests.linkguard.matrix.judge import Cell, judge_group

MADE_BY = ("axes.py", "build.py", "cases.py", "judge.py", "truth.py", "support.cpp")
# What can change a verdict; the rest of linkguard makes words.
JUDGED_BY = (
    *("archive", "banlist", "definedmark", "definitions", "dwarf", "dwarfnames", "elf"),
    *("exemption", "guardfiles", "imports", "leftovers", "policy", "symboltable", "verification"),
)


@dataclass(frozen=True)
class Group:
    """Cells that share objects: all linkers of one case, platform, mode and optimisation."""

    case: Case
    platform: Platform
    mode: Mode
    optimisation: str
    linkers: tuple[str, ...]


def plan(wants: Callable[[Combination], bool], wants_case: Callable[[Case], bool]) -> list[Group]:
    """The groups of all combinations that can be, are installed, and are wanted."""
    found: list[Group] = []
    for case in cases.load():
        if not wants_case(case):
            continue
        linkers: dict[tuple[Platform, Mode, str], list[str]] = {}
        for combination in combinations():
            if not case.runs_in(combination) or not wants(combination):
                continue
            if build.missing(combination):
                continue
            key = (combination.platform, combination.mode, combination.optimisation)
            linkers.setdefault(key, []).append(combination.linker)
        found += [Group(case, *key, tuple(names)) for key, names in linkers.items()]
    return found


def absent() -> dict[str, list[str]]:
    """Combinations that this machine has no tools for, by the tool."""
    found: dict[str, list[str]] = {}
    for combination in combinations():
        for program in build.missing(combination):
            found.setdefault(program, []).append(combination.name)
    return found


def run(groups: list[Group], directory: Path, jobs: int) -> list[Cell]:
    """Every group's cells: known ones from earlier runs, the others now."""
    directory.mkdir(parents=True, exist_ok=True)
    results = directory / "results.jsonl"
    known = _known(results)
    keys = {_key(group): group for group in groups}
    todo = {key: group for key, group in keys.items() if key not in known}
    if todo:
        _prepare(directory, todo.values())
        with results.open("a") as file, ProcessPoolExecutor(jobs) as pool:
            waiting = {pool.submit(_work, group, directory): key for key, group in todo.items()}
            for done, future in enumerate(as_completed(waiting), 1):
                key = waiting[future]
                known[key] = future.result()
                if all(cell.verdict != "broken" for cell in known[key]):
                    line = {"key": key, "cells": [cell.as_json() for cell in known[key]]}
                    print(json.dumps(line), file=file, flush=True)  # a run may be cut short
                _progress(done, len(todo))
    return [cell for key in keys for cell in known[key]]


def known(groups: list[Group], directory: Path) -> list[Cell]:
    """The cells of earlier runs, of unchanged content."""
    found = _known(directory / "results.jsonl")
    return [cell for group in groups for cell in found.get(_key(group), [])]


def _work(group: Group, directory: Path) -> list[Cell]:
    return judge_group(
        group.case, group.platform, group.mode, group.optimisation, group.linkers, directory
    )


def write_guards(directory: Path) -> None:
    """The guard's files for the default policy, with the script and without."""
    rules = policy.load(None)
    for name, script in (("guard-script", True), ("guard-plain", False)):
        guard = guardfiles.guard_of(rules, script=script)
        for path, text in guardfiles.generate(guard, directory / name).items():
            files.write_text(path, text)


def _prepare(directory: Path, groups: Iterable[Group]) -> None:
    """The guards, and what groups share: made before there are workers."""
    write_guards(directory)
    for platform in {group.platform for group in groups}:
        build.startup(platform, directory)


def _progress(done: int, count: int) -> None:
    step = 1 if sys.stderr.isatty() else max(1, count // 20)
    if done % step == 0 or done == count:
        end = "\r" if sys.stderr.isatty() and done < count else "\n"
        clock = time.strftime("%H:%M:%S")
        print(f"matrix: {clock} {done}/{count} groups", end=end, file=sys.stderr, flush=True)


def _known(results: Path) -> dict[str, list[Cell]]:
    if not results.exists():
        return {}
    found = {}
    for line in results.read_text().splitlines():
        entry = json.loads(line)
        found[entry["key"]] = [
            Cell(**{**cell, "truth": tuple(cell["truth"])}) for cell in entry["cells"]
        ]
    return found


def _key(group: Group) -> str:
    """What a group's cells depend on: sources, tools, the harness, and linkguard itself."""
    digest = hashlib.sha256(_environment().encode())
    for source in group.case.sources:
        digest.update(source.read_bytes())
    name = (group.case.name, group.platform.name, group.mode.name, group.optimisation)
    digest.update("/".join((*name, *group.linkers)).encode())
    return digest.hexdigest()


@cache
def _environment() -> str:
    digest = hashlib.sha256()
    package = Path(linkguard.__file__).parent
    files = [package / f"{name}.py" for name in JUDGED_BY]
    files += [package / "banlist.toml", *(package / "guard").glob("*.in")]
    files += [build.HERE / name for name in MADE_BY]
    files += [build.FIXTURES / "start.c", build.SCRIPT]
    for path in sorted(files):
        digest.update(path.read_bytes())
    tools = sorted({p for combination in combinations() for p in build.programs(combination)})
    for tool in tools:
        digest.update(
            build.run(tool, "--version").stdout.encode() if build.is_installed(tool) else b"-"
        )
    return digest.hexdigest()

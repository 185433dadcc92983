"""A copy of the tree that faults can be planted in, built and tested one test at a time."""

import json
import os
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

PARTS = ("runtime", "tests/runtime", "tests/fuzz", "cmake", "CMakeLists.txt", "CMakePresets.json")
FULL_BUILD_SECONDS = 1200
LEAST_SECONDS = 10.0


class BuildError(Exception):
    """The tree cannot be built or tested; a sentence to print."""


@dataclass(frozen=True)
class Test:
    name: str
    program: Path
    command: tuple[str, ...]  # the program, behind an emulator perhaps
    seconds: float = 0.0  # that it takes on the sound tree


def copy_tree(root: Path, tree: Path) -> None:
    """Brings what differs, as changed now, so that a build in the copy goes on from the last one
    and no object of a fault that was planted then is taken for new."""
    wanted = {path.relative_to(root) for part in PARTS for path in files_of(root / part)}
    present = {path.relative_to(tree) for part in PARTS for path in files_of(tree / part)}
    for path in present - wanted:
        (tree / path).unlink()
    for path in wanted:
        text = (root / path).read_bytes()
        if path not in present or (tree / path).read_bytes() != text:
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_bytes(text)


def files_of(part: Path) -> list[Path]:
    if part.is_file():
        return [part]
    return [path for path in part.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def run(command: list[str], tree: Path, seconds: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=tree, capture_output=True, text=True, timeout=seconds, check=False
    )


def build(tree: Path, preset: str, *targets: str) -> None:
    jobs = str(os.cpu_count() or 1)
    command = ["cmake", "--build", f"build/{preset}", "-j", jobs]
    if targets:
        command += ["--target", *targets]
    result = run(command, tree, FULL_BUILD_SECONDS)
    if result.returncode != 0:
        raise BuildError(result.stdout[-2000:] + result.stderr[-2000:])


def program_tests(tree: Path, preset: str) -> list[Test]:
    """The tests that are programs of the build; others check the compiler or the linker."""
    build_directory = tree / "build" / preset
    listing = run(
        ["ctest", "--test-dir", str(build_directory), "--show-only=json-v1"], tree, 60
    ).stdout
    tests = []
    for test in json.loads(listing)["tests"]:
        words = test.get("command", [])
        for program in map(Path, words):
            if program.is_relative_to(build_directory) and program.is_file():
                tests.append(Test(test["name"], program, tuple(words)))
                break
    return tests


def configure(tree: Path, preset: str) -> None:
    # What a fault leaves out may be all that used a parameter.
    result = run(["cmake", "--preset", preset, "--compile-no-warning-as-error"], tree, 120)
    if result.returncode != 0:
        raise BuildError(result.stderr[-2000:])


def passes(test: Test, seconds: float) -> bool:
    """Whether a test passes in time; one that hangs does not."""
    try:
        return run(list(test.command), test.program.parent, seconds).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def measured(tree: Path, preset: str) -> list[Test]:
    """All tests of the sound tree, which must pass, the quickest first."""
    configure(tree, preset)
    build(tree, preset)
    tests = []
    for test in program_tests(tree, preset):
        started = time.monotonic()
        if not passes(test, FULL_BUILD_SECONDS):
            raise BuildError(f"'{test.name}' fails without any fault under '{preset}'")
        tests.append(replace(test, seconds=time.monotonic() - started))
    return sorted(tests, key=lambda test: (round(test.seconds, 1), test.name))


def first_to_fail(tree: Path, preset: str, tests: list[Test]) -> Test | None:
    """Builds and runs one test after the other, up to the first that fails."""
    for test in tests:
        build(tree, preset, test.program.name)
        if not passes(test, max(LEAST_SECONDS, 10 * test.seconds)):
            return test
    return None

"""Small programs, each in a form that must fail and a form that must pass.

A case is a folder: sources, compiled with FAIL=1 or FAIL=0 by clang with the plugin, a policy if it
needs one, and `flags` for the compiler. The first line of the first source says what the case is
about and which rule its failing form breaks.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

CASES = Path(__file__).parent
REPOSITORY = Path(__file__).parents[3]
NAMES = sorted(path.name for path in CASES.iterdir() if list(path.glob("app.c*")))
TARGET = ["--target=thumbv7m-none-eabi", "-mcpu=cortex-m3", "-fno-exceptions"]


@pytest.fixture(scope="session")
def build() -> Path:
    return Path(os.environ.get("WEIR_BUILD_DIR", REPOSITORY / "build" / "checker"))


def compile_case(case: Path, build: Path, fail: int, directory: Path, level: str) -> list[str]:
    plugin = build / "checker" / "plugin" / "weir.so"
    flags = case / "flags"
    extra = flags.read_text().split() if flags.exists() else []
    objects = []
    for source in sorted(case.glob("*.c*")):
        output = f"{source.stem}.o"
        command = [os.environ.get("WEIR_CLANG", "clang-22"), *TARGET, level, f"-DFAIL={fail}"]
        command += [*extra, f"-fplugin={plugin}", f"-fpass-plugin={plugin}", "-w"]
        done = subprocess.run(
            [*command, "-c", source.name, "-o", directory / output],
            cwd=case,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        objects.append(output)
    return objects


def check(case: Path, build: Path, fail: int, directory: Path, level: str) -> tuple[int, str]:
    objects = compile_case(case, build, fail, directory, level)
    policy = case / "weir.toml"
    options = ["--policy", str(policy)] if policy.exists() else []
    done = subprocess.run(
        [build / "checker" / "solver" / "weir-check", *options, *objects],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, done.stdout


def uses_kcfi() -> bool:
    """Before LLVM 22, types are kCFI's hashes and say less; a case may name the rule for them."""
    done = subprocess.run(
        [os.environ.get("WEIR_CLANG", "clang-22"), "-dumpversion"],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.split(".")[0]) < 22


def rule_of(case: Path) -> str:
    first = sorted(case.glob("app.c*"))[0].read_text().splitlines()[0]
    found = re.search(r"must fail: (weir-[a-z-]+)(?: \(kcfi: (weir-[a-z-]+)\))?", first)
    assert found, f"{case.name}: the first line names no rule"
    return found[2] if found[2] and uses_kcfi() else found[1]


@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("name", NAMES)
def test_must_fail(name: str, level: str, build: Path, tmp_path: Path) -> None:
    status, out = check(CASES / name, build, 1, tmp_path, level)
    assert status == 1
    assert f"[{rule_of(CASES / name)}]" in out


@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("name", NAMES)
def test_must_pass(name: str, level: str, build: Path, tmp_path: Path) -> None:
    status, out = check(CASES / name, build, 0, tmp_path, level)
    assert (status, out) == (0, "")

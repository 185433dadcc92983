"""No root that was seen to reach the banned function is refuted, in random programs."""

import os
import re
import subprocess

from building import Build
from checking import Checker
from programs import Program

CLANG = os.environ.get("WEIR_CLANG", "clang")
POLICY = '[ban]\nfunctions = ["banned"]\n[roots]\nfunctions = ["root*"]\n'
SEEDS = range(int(os.environ.get("WEIR_SEEDS", "12")))


def really_reach(build: Build) -> set[str]:
    command = [CLANG, "unit.c.o", "driver.c.o", "-o", "program"]
    subprocess.run(command, cwd=build.directory, check=True)
    done = subprocess.run(
        ["./program"], cwd=build.directory, check=True, capture_output=True, text=True
    )
    return set(done.stdout.split())


def test_no_root_that_reaches_it_is_refuted(checker: Checker) -> None:
    refuted = 0
    for seed in SEEDS:
        build = Build(checker, [CLANG])
        program = Program(seed)
        build.unit("unit.c", program.unit(), "-O0", "-fwrapv", "-w")
        build.unit("driver.c", program.driver(), "-O0", "-fwrapv", "-w")
        checker.write("weir.toml", POLICY)
        result = build.check("--policy", "weir.toml", "--refute", "build")
        told = set(re.findall(r"^weir-check: refuted: '(\w+)'", result.err, re.MULTILINE))
        found = set(re.findall(r"'(\w+)' reaches banned function", result.out))
        reached = really_reach(build)
        assert not told & reached, f"seed {seed}: {told & reached}\n{program.unit()}"
        assert reached <= found, f"seed {seed}: {reached - found}\n{program.unit()}"
        refuted += len(told)
    assert refuted, "a test that refutes nothing shows nothing"

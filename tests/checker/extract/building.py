"""Small builds by other compilers than clang, with their compile commands."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from checking import REPOSITORY, Checker, Result

COMPILERS = {
    "host": ["gcc"],
    "arm-newlib": ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "--specs=nano.specs"],
    "arm-picolibc": ["arm-none-eabi-gcc", "--specs=picolibc.specs", "-mcpu=cortex-m0", "-mthumb"],
    "riscv": [
        "riscv64-unknown-elf-gcc",
        "--specs=picolibc.specs",
        "-march=rv32imac",
        "-mabi=ilp32",
    ],
}


@dataclass
class Build:
    """Sources in src/, objects and compile_commands.json in build/."""

    checker: Checker
    compiler: list[str]
    entries: list[dict[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not shutil.which(self.compiler[0]):
            pytest.skip(f"{self.compiler[0]} is not installed")
        for name in ("src", "build"):
            (self.checker.directory / name).mkdir(exist_ok=True)
        script = f'#!/bin/sh\nPYTHONPATH={REPOSITORY} exec {sys.executable} -m linkguard "$@"\n'
        self.linkguard = self.checker.path("linkguard")
        self.linkguard.write_text(script)
        self.linkguard.chmod(0o755)

    @property
    def directory(self) -> Path:
        return self.checker.path("build")

    def source(self, name: str, text: str) -> Path:
        path = self.checker.path("src") / name
        path.write_text(text)
        return path

    def unit(
        self, name: str, text: str, *flags: str, make: bool = True, made_with: tuple[str, ...] = ()
    ) -> list[str]:
        """A source, its command and, if it is to be made, its object."""
        self.source(name, text)
        command = [*self.compiler, "-O1", *flags, "-c", f"../src/{name}", "-o", f"{name}.o"]
        self.add({"file": f"../src/{name}", "arguments": command})
        if make:
            subprocess.run([*command, *made_with], cwd=self.directory, check=True)
        return command

    def add(self, entry: dict[str, object]) -> None:
        self.entries.append({"directory": str(self.directory), **entry})

    def check(self, *options: str) -> Result:
        text = json.dumps(self.entries)
        (self.directory / "compile_commands.json").write_text(text)
        return self.checker.run("-p", "build", "--linkguard", str(self.linkguard), *options)

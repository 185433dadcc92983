"""weir-check under test, from WEIR_BUILD_DIR, and programs made of facts. For every folder here."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from factswriter import Unit

REPOSITORY = Path(__file__).parents[3]


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        """The findings' first lines, without their places."""
        lines = [line for line in self.out.splitlines() if ": error: " in line]
        return [line.split(": error: ", 1)[1] for line in lines]

    @property
    def verdict(self) -> str:
        return self.err.strip().splitlines()[-1].rsplit(": ", 1)[1].split(",")[0]


@dataclass
class Checker:
    """Runs weir-check in a directory of its own, on files that are written there."""

    program: Path
    directory: Path
    files: int = field(default=0)

    def path(self, name: str) -> Path:
        return self.directory / name

    def write(self, name: str, content: bytes | str) -> str:
        data = content.encode() if isinstance(content, str) else content
        self.path(name).write_bytes(data)
        return name

    def run(self, *args: str) -> Result:
        done = subprocess.run(
            [self.program, *args],
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode in (0, 1, 2), done.stderr
        return Result(done.returncode, done.stdout, done.stderr)

    def check(self, *inputs: Unit | str, policy: str | None = None) -> Result:
        """Checks units, each in a facts file of its own, and files."""
        options = []
        if policy is not None:
            options = ["--policy", self.write("weir.toml", policy)]
        return self.run(*options, *(self.file(i) if isinstance(i, Unit) else i for i in inputs))

    def file(self, unit: Unit) -> str:
        self.files += 1
        return self.write(f"{self.files}.facts", unit.blob())

    def tool(self, name: str, *args: str) -> None:
        found = shutil.which(name)
        if not found:
            pytest.skip(f"{name} is not installed")
        done = subprocess.run(
            [found, *args], cwd=self.directory, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def object(self, name: str, assembly: str, *units: Unit, flags: Sequence[str] = ()) -> str:
        """An object of the host, or what the assembler makes of the flags, with the given code and
        facts."""
        source = self.write(name + ".s", assembly + '\n.section .note.GNU-stack,"",%progbits\n')
        self.tool("as", *flags, source, "-o", name)
        if units:
            blobs = self.write(name + ".blobs", b"".join(u.blob() + b"\0\0" for u in units))
            self.tool("objcopy", f"--add-section=.weir.facts={blobs}", name)
        return name

    def image(self, name: str, *objects: str) -> str:
        self.tool("ld", "-e", "main", "-o", name, *objects)
        return name


def built_program() -> Path:
    build = Path(os.environ.get("WEIR_BUILD_DIR", REPOSITORY / "build" / "checker"))
    path = build / "checker" / "solver" / "weir-check"
    if not path.exists():
        pytest.fail(f"{path} is not there: build it, and name the build in WEIR_BUILD_DIR")
    return path


def code(*functions: str, local: tuple[str, ...] = ()) -> str:
    """Assembly that defines functions, which do nothing."""
    lines = [".text"]
    for name in (*functions, *local):
        if name in functions:
            lines.append(f".globl {name}")
        lines += [f".type {name}, @function", f"{name}: nop", f".size {name}, .-{name}"]
    return "\n".join(lines) + "\n"


Code = Callable[..., str]


Code = Callable[..., str]

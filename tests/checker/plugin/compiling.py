"""Compiling with the plugin under test."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from factsfile import Unit, read_unit

INPUTS = Path(__file__).parent / "inputs"
REPOSITORY = Path(__file__).parents[3]

THUMB = ("--target=thumbv7m-none-eabi", "-mcpu=cortex-m3")
X86 = ("--target=x86_64-linux-gnu",)


@dataclass(frozen=True)
class Toolchain:
    """Clang with the plugin, working in a directory of its own."""

    clang: str
    plugin: Path
    directory: Path

    @property
    def major(self) -> int:
        version = subprocess.run(
            [self.clang, "-dumpversion"], capture_output=True, text=True, check=True
        )
        return int(version.stdout.split(".")[0])

    def write(self, name: str, text: str) -> str:
        (self.directory / name).write_text(text)
        return name

    def run(
        self, *args: str, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.clang, *args],
            cwd=self.directory,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )

    def compile(self, *args: str, plugin: bool = True, output: str = "out.o") -> Path:
        """Compiles to an object; a failure shows what clang said."""
        load = [f"-fplugin={self.plugin}"] if plugin else []
        done = self.run(*load, "-w", "-c", *args, "-o", output)
        assert done.returncode == 0, done.stderr
        return self.directory / output

    def facts(self, source: str, *args: str, name: str = "unit.c") -> Unit:
        """The facts of a source text."""
        return read_unit(self.compile(self.write(name, source), *args))

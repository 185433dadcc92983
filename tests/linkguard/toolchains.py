"""The real toolchains that the tests link with, and how each makes an image."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PICOLIBC_ROOT = Path("/usr/lib/picolibc")
FIXTURES = Path(__file__).parent / "fixtures"


def need(*programs: str) -> None:
    """Skip without the tools; where they must be there, fail."""
    missing = [program for program in programs if shutil.which(program) is None]
    if not missing:
        return
    words = "not installed: " + ", ".join(missing)
    if os.environ.get("WEIR_REQUIRE_TOOLS") == "1":
        pytest.fail(words)
    pytest.skip(words)


def run(*command: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        text=True,
        errors="replace",
        capture_output=True,
        check=False,
    )


def must(*command: object, cwd: Path | None = None) -> str:
    result = run(*command, cwd=cwd)
    assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
    return result.stdout


@dataclass(frozen=True)
class Toolchain:
    """A compiler with the options and start-up code that make an image of a few sources."""

    name: str
    compiler: str
    flags: tuple[str, ...]
    link: tuple[str, ...] = ()
    startup: tuple[str, ...] = ()
    binutils: str = ""
    programs: tuple[str, ...] = field(default=())

    @property
    def is_bare_metal(self) -> bool:
        """Without shared libraries: then the script can discard nothing that is needed."""
        return bool(self.startup) or self.name == "riscv"

    def require(self) -> None:
        need(self.compiler, f"{self.binutils}nm", f"{self.binutils}objcopy", *self.programs)

    def compile(self, source: Path, output: Path, *flags: str) -> Path:
        must(
            self.compiler,
            *self.flags,
            "-g",
            "-w",
            "-ffunction-sections",
            "-fdata-sections",
            *flags,
            "-c",
            source,
            "-o",
            output,
        )
        return output

    def link_command(self, objects: list[Path], output: Path, *extra: str) -> list[object]:
        sections = () if "-Wl,--no-gc-sections" in extra else ("-Wl,--gc-sections",)
        return [
            self.compiler,
            *self.flags,
            "-g",
            *self.link,
            *sections,
            *objects,
            "-o",
            output,
            *extra,
        ]

    def names(self, image: Path) -> list[tuple[str, str]]:
        """(type, name) of all symbols, as nm reports them; imports of shared libraries too."""
        text = must(f"{self.binutils}nm", image) + run(f"{self.binutils}nm", "-D", image).stdout
        rows = [line.split() for line in text.splitlines() if line.strip()]
        return [(row[-2], row[-1].split("@")[0]) for row in rows if len(row) >= 2]

    def flash(self, image: Path, scratch: Path) -> bytes:
        must(f"{self.binutils}objcopy", "-O", "binary", image, scratch)
        return scratch.read_bytes()

    def library(self, name: str = "libc.a") -> Path:
        """The C library that this toolchain links."""
        if any("picolibc" in flag for flag in self.flags):
            variant = must(self.compiler, *self.flags, "-print-multi-directory").strip()
            return PICOLIBC_ROOT / self.binutils.rstrip("-") / "lib" / variant / name
        return Path(must(self.compiler, *self.flags, f"-print-file-name={name}").strip())


_CORTEX_M3 = ("-mcpu=cortex-m3", "-mthumb")
_FLASH = ("-nostartfiles", "-T", str(FIXTURES / "flash.ld"))
_ARM = {"compiler": "arm-none-eabi-gcc", "binutils": "arm-none-eabi-", "startup": ("start.c",)}

NANO = Toolchain("nano", flags=_CORTEX_M3, link=("--specs=nano.specs", *_FLASH), **_ARM)
NEWLIB = Toolchain("newlib", flags=_CORTEX_M3, link=_FLASH, **_ARM)
PICOLIBC = Toolchain(
    "picolibc",
    flags=(*_CORTEX_M3, "--specs=picolibc.specs"),
    link=(*_FLASH, "-Wl,--defsym=stdout=0"),
    **_ARM,
)
RISCV = Toolchain(
    "riscv",
    compiler="riscv64-unknown-elf-gcc",
    flags=("-march=rv32imac", "-mabi=ilp32", "--specs=picolibc.specs"),
    link=("-Wl,--defsym=stdout=0",),
    binutils="riscv64-unknown-elf-",
)
HOST = Toolchain("host", compiler="gcc", flags=())
HOST_LLD = Toolchain(
    "host-lld", compiler="clang-22", flags=(), link=("-fuse-ld=lld",), programs=("ld.lld-22",)
)
ARM_LLD = Toolchain(
    "arm-lld",
    flags=_CORTEX_M3,
    link=("--specs=nano.specs", "-fuse-ld=lld", "-B/usr/lib/llvm-22/bin", *_FLASH),
    programs=("ld.lld-22",),
    **_ARM,
)

ALL = (NANO, NEWLIB, PICOLIBC, RISCV, HOST, HOST_LLD)

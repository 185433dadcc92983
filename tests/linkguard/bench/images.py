"""Real programs, linked as their users link them but for the relocations: who allocates in them?

Each image is explained, and its chains are kept as a golden file: root, hops and banned function by
name. Lines and archive members are left out, since they belong to versions of libraries.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"
GOLDEN = HERE / "golden"
STUBS = HERE.parents[1] / "corpora" / "programs"  # headers that a package makes when it is built
COMPILE = ("-Os", "-g", "-w", "-ffunction-sections", "-fdata-sections")
EXPLAINED = ("-Wl,--gc-sections", "-Wl,--emit-relocs")
CORTEX_M3 = ("-mcpu=cortex-m3", "-mthumb")
FLASH = ("-nostartfiles", "-T", str(FIXTURES / "flash.ld"))
RV32 = ("-march=rv32imac", "-mabi=ilp32", "-mcmodel=medany", "--specs=picolibc.specs")
FIRMWARE = tuple(FIXTURES / name for name in ("start.c", "hooks.c", "firmware.c"))
# What a script for C++ would define; nothing runs, so 0 will do.
CXX_SYMBOLS = ("__exidx_start", "__exidx_end", "__dso_handle")
LUA_OUT = ("luac.c", "ltests.c", "onelua.c")


@dataclass(frozen=True)
class Program:
    """One image: its sources, and the compiler with the options of both compiling and linking."""

    name: str
    compiler: str
    sources: tuple[Path, ...]
    flags: tuple[str, ...] = ()
    link: tuple[str, ...] = ()
    objdump: str = "objdump"
    libc_has_lines: bool = False


def programs(third_party: Path, corpora: Path) -> list[Program]:
    """All of them; those whose source is not there are left out by who asks."""
    arm = {"flags": CORTEX_M3, "objdump": "arm-none-eabi-objdump", "libc_has_lines": True}
    nano = ("--specs=nano.specs", *FLASH)
    lua = third_party / "lua5.4" / "src"
    return [
        Program("newlib-printf", "arm-none-eabi-gcc", FIRMWARE, link=FLASH, **arm),
        Program("nano-printf", "arm-none-eabi-gcc", FIRMWARE, link=nano, **arm),
        Program(
            "picolibc-printf",
            "riscv64-unknown-elf-gcc",
            FIRMWARE,
            RV32,
            (*FLASH, *(f"-Wl,--defsym={stream}=0" for stream in ("stdin", "stdout", "stderr"))),
            "riscv64-unknown-elf-objdump",
        ),
        Program(
            "cxx-firmware",
            "arm-none-eabi-g++",
            (FIXTURES / "start.c", HERE / "firmware.cpp"),
            link=(*nano, *(f"-Wl,--defsym={name}=0" for name in CXX_SYMBOLS)),
            **arm,
        ),
        Program(
            "lua",
            "gcc",
            tuple(sorted(p for p in lua.glob("*.c") if p.name not in LUA_OUT)),
            ("-DLUA_USE_POSIX", f"-I{STUBS / 'lua'}"),
            ("-lm",),
        ),
        Program(
            "sqlite3",
            "gcc",
            (corpora / "sqlite3" / "sqlite3.c", corpora / "sqlite3" / "shell.c"),
            ("-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION"),
            ("-lm",),
        ),
    ]


@dataclass(frozen=True)
class Explained:
    """What linkguard said of an image, as JSON, and the image."""

    image: Path
    findings: list[dict[str, object]]


def explain(program: Program, directory: Path) -> Explained:
    """Compile, link with a map and relocations, and explain."""
    directory.mkdir(parents=True, exist_ok=True)
    objects = [_compile(program, source, directory) for source in program.sources]
    image, linkmap = directory / "image.elf", directory / "image.map"
    command = [program.compiler, *program.flags, "-g", *EXPLAINED, f"-Wl,-Map={linkmap}", *objects]
    subprocess.run([*command, *program.link, "-o", image], check=True, stderr=subprocess.DEVNULL)
    asked = [sys.executable, "-m", "linkguard", "explain", image, "--map", linkmap]
    done = subprocess.run([*asked, "--format", "json"], text=True, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    return Explained(image, json.loads(done.stdout)["findings"])


def _compile(program: Program, source: Path, directory: Path) -> Path:
    output = directory / f"{source.stem}.o"
    compiler = program.compiler
    if source.suffix == ".c" and compiler.endswith("g++"):
        compiler = compiler.removesuffix("g++") + "gcc"
    command = [compiler, *COMPILE, *program.flags, "-c", source, "-o", output]
    subprocess.run(command, check=True)
    return output


def chains(findings: Iterable[dict[str, object]]) -> str:
    """One line a chain: `board_reset -call-> main -call-> malloc`, sorted."""
    return "".join(sorted(f"{_chain(finding)}\n" for finding in findings))


def _chain(finding: dict[str, object]) -> str:
    words = []
    for note in hops_of(finding):
        words.append(f"-{note['why']}-> {note['to']}" if "from" in note else f"{note['to']}")
    return " ".join(words)


def hops_of(finding: dict[str, object]) -> list[dict[str, object]]:
    """The chain from its root to the banned function."""
    path = finding["path"]
    assert isinstance(path, list)
    return path


def hops_with_lines(findings: Iterable[dict[str, object]]) -> tuple[int, int]:
    """How many hops have a source line, and how many there are."""
    hops = [note for finding in findings for note in hops_of(finding)]
    return sum("line" in hop for hop in hops), len(hops)

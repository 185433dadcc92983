"""Compiling and linking one cell: the compiler's driver runs, as it does for users."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.linkguard.matrix.axes import Combination, Mode, Platform
from tests.linkguard.matrix.cases import Case

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"
SCRIPT = FIXTURES / "flash.ld"
PICOLIBC = Path("/usr/lib/picolibc")
NEWEST, OTHER = "22", "19"
COMPILE = ("-g", "-w", "-ffunction-sections", "-fdata-sections")
BARE_METAL_CXX = ("-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics")
ENVIRONMENT = {**os.environ, "LC_ALL": "C"}


class BuildError(Exception):
    """A tool that failed at what must succeed."""


@dataclass(frozen=True)
class Link:
    """A link that ended: whether there is an image, and what the tools said."""

    succeeded: bool
    said: str


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        text=True,
        errors="replace",
        capture_output=True,
        check=False,
        env=ENVIRONMENT,
    )


def must(*command: object) -> str:
    result = run(*command)
    if result.returncode:
        raise BuildError(f"{' '.join(map(str, command))}\n{result.stderr}")
    return result.stdout


def llvm_of(linker: str) -> str:
    """The LLVM that a linker can read bitcode of: its own, or the newest by its plugin."""
    return linker.removeprefix("lld-") if linker.startswith("lld-") else NEWEST


def programs(combination: Combination) -> list[str]:
    """What must be installed for a combination."""
    prefix = combination.platform.prefix
    linker = combination.linker
    found = [f"{prefix}gcc", f"{prefix}objcopy", "readelf"]
    if combination.mode.compiler == "clang":
        found += [f"clang-{llvm_of(linker)}", f"llvm-ar-{llvm_of(linker)}"]
    if linker.startswith("lld-"):
        found.append(f"ld.{linker}")
    elif not prefix:
        found.append(f"ld.{linker}" if linker != "mold" else "mold")
    return found


def missing(combination: Combination) -> list[str]:
    return [program for program in programs(combination) if not is_installed(program)]


@cache
def is_installed(program: str) -> bool:
    return shutil.which(program) is not None


@cache
def _headers(platform: Platform) -> tuple[str, ...]:
    """Where the C library's headers are, for a compiler that does not come with it."""
    if platform.is_host:
        return ()
    if any("picolibc" in flag for flag in platform.gcc):
        return ("-isystem", str(PICOLIBC / platform.prefix.rstrip("-") / "include"))
    shown = run(f"{platform.prefix}gcc", "-E", "-Wp,-v", "-x", "c", "/dev/null").stderr
    places = [Path(line.strip()) for line in shown.splitlines() if line.startswith(" ")]
    last = next(p for p in reversed(places) if (p / "stdlib.h").exists())
    return ("-isystem", str(last.resolve()))


def compiler(platform: Platform, mode: Mode, llvm: str, is_cxx: bool) -> list[str]:
    if mode.compiler == "gcc":
        return [f"{platform.prefix}{'g++' if is_cxx else 'gcc'}", *platform.gcc]
    program = f"clang++-{llvm}" if is_cxx else f"clang-{llvm}"
    return [program, *platform.clang, *_headers(platform)]


def compile_case(case: Case, combination: Combination, llvm: str, directory: Path) -> list[Path]:
    """The objects of a case, in the order of the link; a library where the case asks for one."""
    platform, mode = combination.platform, combination.mode
    sources = list(case.sources)
    if case.is_cxx and not platform.is_host:
        sources.append(HERE / "support.cpp")
    command = compiler(platform, mode, llvm, case.is_cxx)
    options = [combination.optimisation, *([mode.flag] if mode.is_lto else [])]
    if case.is_cxx:
        options += ["-std=c++17", *(() if platform.is_host else BARE_METAL_CXX)]
    directory.mkdir()
    objects = []
    for source in sources:
        objects.append(directory / f"{source.stem}.o")
        must(command[0], *COMPILE, *command[1:], *options, "-c", source, "-o", objects[-1])
    if case.is_archive:
        archive = directory / "part.a"
        tool = f"llvm-ar-{llvm}" if mode.compiler == "clang" else f"{platform.prefix}gcc-ar"
        must(tool, "rc", archive, objects[1])
        objects[1] = archive
    return objects


def startup(platform: Platform, directory: Path) -> list[Path]:
    """The start-up object of bare metal, compiled once: firmware does not optimise it at link."""
    if platform.is_host:
        return []
    output = directory / f"start-{platform.name}.o"
    if not output.exists():
        gcc = compiler(platform, Mode("gcc", "gcc"), "", False)
        must(*gcc, *COMPILE, "-Os", "-c", FIXTURES / "start.c", "-o", output)
    return [output]


def link(
    combination: Combination,
    inputs: list[Path],
    output: Path,
    is_cxx: bool,
    guard: Path | None,
    *more: str,
) -> Link:
    """Link without the guard, or with the response file of one: first, as GNU ld wants it."""
    command = [*_driver(combination, is_cxx)]
    if guard:
        command.append(f"@{guard}/linkguard.rsp")
        if combination.linker == "gold":
            command.append("-Wl,--allow-shlib-undefined")
    command += ["-Wl,--gc-sections", *more, *_link_options(combination), *map(str, inputs)]
    if _names_libraries(combination):
        command += ["-nodefaultlibs", "-lc", "-lgcc", "-lc"]
    result = run(*command, "-o", output)
    return Link(result.returncode == 0 and output.exists(), result.stderr)


def _names_libraries(combination: Combination) -> bool:
    """picolibc's specs put a group of libraries into GCC's own group, which lld refuses."""
    return "--specs=picolibc.specs" in combination.platform.gcc and "lld" in combination.linker


def _driver(combination: Combination, is_cxx: bool) -> list[str]:
    """On the host the objects' compiler links; on bare metal GCC, which knows the C library."""
    platform, mode, linker = combination.platform, combination.mode, combination.linker
    if not platform.is_host:
        return [f"{platform.prefix}gcc", *platform.gcc]
    if mode.compiler == "gcc":
        return ["g++" if is_cxx else "gcc"]
    return compiler(platform, mode, llvm_of(linker), is_cxx)


def _link_options(combination: Combination) -> list[str]:
    platform, mode, linker = combination.platform, combination.mode, combination.linker
    options = ["-g", "-Wl,--build-id=none"]
    if mode.is_lto and (platform.is_host or mode.compiler == "gcc"):
        options += [mode.flag, combination.optimisation]
    elif mode.is_lto and not linker.startswith("lld"):
        plugin = Path(f"/usr/lib/llvm-{llvm_of(linker)}/lib/LLVMgold.so")
        options.append(f"-Wl,-plugin,{plugin}")
    if linker.startswith("lld"):
        options += ["-fuse-ld=lld", f"-B/usr/lib/llvm-{llvm_of(linker)}/bin"]
    elif platform.is_host:
        options.append(f"-fuse-ld={linker}")
    if not platform.is_host:
        options += ["-nostartfiles", f"-T{SCRIPT}", *platform.link]
    return options

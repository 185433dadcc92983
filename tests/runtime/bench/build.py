"""Builds the bench's programs: one allocator each, for one machine each."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .recorded import trace

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PROGRAM = HERE / "program"
ALLOCATORS = HERE / "allocators"

WARNINGS = ("-Wall", "-Wextra", "-Werror", "-std=c11")
SECTIONS = ("-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")
COUNTED = ("main", "output", "count", "traces", "pool", "costs", "latency", "utilisation", "replay")
RUST_TARGET = "thumbv7em-none-eabi"


class BuildError(Exception):
    """A tool that the bench needs said no; the message is what it said."""


@dataclass(frozen=True)
class Machine:
    """Where a program runs: its compiler, and what links a program with a C library there."""

    name: str
    compiler: str
    flags: tuple[str, ...]
    link: tuple[str, ...] = ()


# The tests' own startup and memory layout serve both libraries; nothing else of them is linked.
STARTUP = ROOT / "tests/runtime/target"
BARE = (
    "-nostartfiles",
    f"-I{STARTUP}",
    f"{STARTUP}/cortex_m.c",
    f"-T{STARTUP}/cortex_m.ld",
    "-Wl,--defsym=__ram_size=0x400000",
)
M4 = Machine("m4", "arm-none-eabi-gcc", ("-mcpu=cortex-m4", "-mthumb", "--specs=nano.specs"), BARE)
M0 = Machine("m0", "arm-none-eabi-gcc", ("-mcpu=cortex-m0", "-mthumb", "--specs=nano.specs"), BARE)
M4_PICOLIBC = Machine(
    "m4", "arm-none-eabi-gcc", ("-mcpu=cortex-m4", "-mthumb", "--specs=picolibc.specs"), BARE
)
HOST = Machine("host", "gcc", ())


@dataclass(frozen=True)
class Allocator:
    """An allocator under test: the header that wraps it and what has to be linked for it."""

    name: str
    header: str
    machine: Machine
    sources: tuple[Path, ...] = ()
    defines: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workshop:
    """Where things are built, and with which compilers."""

    directory: Path
    rust: Path | None  # the peers' library for the M4, when it could be built
    rust_small: Path | None  # the same for size
    rust_host: Path | None
    notes: tuple[str, ...] = field(default=())  # what could not be built, and why


def call(command: Sequence[str | Path], **options: object) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if done.returncode != 0:
        raise BuildError(f"{' '.join(words)}\n{done.stdout}{done.stderr}")
    return str(done.stdout)


def weir(machine: Machine, *, link_bits: int = 16, checks: bool = True) -> Allocator:
    """The heap of this tree under one pair of its build options."""
    sources = tuple(sorted((ROOT / "runtime/src").glob("*.c")))
    return Allocator(
        "weir" if checks else "weir-unchecked",
        "weir.h",
        machine,
        (ALLOCATORS / "weir.c", *sources),
        (f"WEIR_HEAP_LINK_BITS={link_bits}", f"WEIR_CHECKS={int(checks)}"),
    )


RUST_PEERS = {
    "linked_list_allocator": "linked_list",
    "talc": "talc",
    "buddy_system_allocator": "buddy",
}


def rust_peer(crate: str, prefix: str, machine: Machine, library: Path) -> Allocator:
    return Allocator(
        crate,
        "rust.h",
        machine,
        (ALLOCATORS / "rust.c",),
        (f"BENCH_PEER={prefix}",),
        (str(library),),
    )


def compile_command(
    machine: Machine,
    sources: Sequence[Path],
    output: Path,
    flags: Sequence[str],
    libraries: Sequence[str] = (),
) -> list[str | Path]:
    include = ("-I", str(ROOT / "runtime/include"), "-I", str(PROGRAM), "-I", str(ALLOCATORS))
    return [
        machine.compiler,
        *machine.flags,
        *WARNINGS,
        *SECTIONS,
        *include,
        *flags,
        *sources,
        *libraries,
        *machine.link,
        "-o",
        output,
    ]


def recorded_source(directory: Path) -> Path:
    source = directory / "recorded.c"
    operations = trace.read((HERE / "recorded/lua.trace").read_text())
    source.write_text(trace.as_c(operations))
    return source


def program(shop: Workshop, allocator: Allocator, label: str, names: Sequence[str]) -> Path:
    """Compile the named parts of the bench around an allocator; the program's path."""
    output = shop.directory / label
    sources = [*(PROGRAM / f"{name}.c" for name in names), *allocator.sources]
    defines = [f"-D{define}" for define in allocator.defines]
    flags = ["-O2", f'-DBENCH_ALLOCATOR="{allocator.header}"', *defines]
    sources.append(recorded_source(shop.directory))
    call(compile_command(allocator.machine, sources, output, flags, allocator.libraries))
    return output


def rust_obstacle() -> str | None:
    """Why the Rust peers cannot be built here, in a plain word."""
    if shutil.which("cargo") is None:
        return "cargo is not installed"
    return None


def cargo(directory: Path, *arguments: str, bootstrap: bool) -> None:
    # Building the core library for a target without a prepared one is not stable; this is the
    # documented way to have it from a stable compiler.
    environment = os.environ | {"CARGO_TARGET_DIR": str(directory / "rust")}
    if bootstrap:
        environment["RUSTC_BOOTSTRAP"] = "1"
    manifest = ("--locked", "--manifest-path", str(HERE / "rust/Cargo.toml"))
    call(["cargo", "build", "-q", *manifest, *arguments], env=environment)


def open_workshop(directory: Path) -> Workshop:
    """Make the directory and the Rust peers' libraries; what fails there is noted, not fatal."""
    directory.mkdir(parents=True, exist_ok=True)
    obstacle = rust_obstacle()
    if obstacle is not None:
        return Workshop(directory, None, None, None, (f"rust peers: not measured: {obstacle}",))
    library = "libweir_bench_peers.a"
    notes = []
    host: Path | None = None
    target: Path | None = None
    try:
        cargo(directory, "--release", bootstrap=False)
        host = directory / "rust/release" / library
    except BuildError as error:
        notes.append(f"rust peers on the host: not measured: {first_error(str(error))}")
    cross = ("-Zbuild-std=core,alloc", "--target", RUST_TARGET)
    try:
        cargo(directory, "--release", *cross, bootstrap=True)
        cargo(directory, "--profile", "small", *cross, bootstrap=True)
        target = directory / "rust" / RUST_TARGET
    except BuildError as error:
        notes.append(f"rust peers on the m4: not measured: {first_error(str(error))}")
    return Workshop(
        directory,
        target / "release" / library if target else None,
        target / "small" / library if target else None,
        host,
        tuple(notes),
    )


def first_error(text: str) -> str:
    lines = [line for line in text.splitlines() if line.startswith("error")]
    return lines[0] if lines else text.splitlines()[-1]


def compiler_versions() -> dict[str, str]:
    """For the head of the table: counts hold for a compiler."""
    return {
        compiler: call([compiler, "-dumpfullversion"]).strip()
        for compiler in (M4.compiler, HOST.compiler)
    }


def save(directory: Path, name: str, metrics: dict[str, float]) -> None:
    (directory / name).write_text(json.dumps(metrics, indent=1, sort_keys=True) + "\n")

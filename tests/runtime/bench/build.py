"""Builds the bench's programs: one allocator each, for one machine each."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .recorded import trace

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PROGRAM = HERE / "program"
ALLOCATORS = HERE / "allocators"

WARNINGS = ("-Wall", "-Wextra", "-Werror", "-std=c11")
SECTIONS = ("-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")
COUNTED = ("main", "output", "count", "traces", "pool", "costs", "latency", "utilisation", "replay")
INSIDE = ("inside", "output", "count")
BOUND = ("bound", "output", "count")
DETECT = ("detect", "output", "count")
TIMED = ("stopwatch", "output", "pool", "count")
RUST_TARGET = "thumbv7em-none-eabi"
RUST_LIBRARY = "libweir_bench_peers.a"


LINES_OF_AN_ERROR = 30


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
    """Where things are built, and what of the peers could be built beforehand."""

    directory: Path
    recorded: Path  # the recorded program as C
    rust: Path | None = None  # the crates for the M4
    rust_small: Path | None = None  # the same, optimised for size
    rust_host: Path | None = None
    notes: tuple[str, ...] = ()  # what could not be built, and why


def call(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).splitlines()[:LINES_OF_AN_ERROR]
        raise BuildError("\n".join([" ".join(words), *said]))
    return done.stdout


def weir(
    machine: Machine, *, link_bits: int = 16, checks: bool = True, more: Sequence[str] = ()
) -> Allocator:
    """The heap of this tree under some of its build options, and how the bench uses it."""
    sources = tuple(sorted((ROOT / "runtime/src").glob("*.c")))
    return Allocator(
        "weir" if checks else "weir-unchecked",
        "weir.h",
        machine,
        (ALLOCATORS / "weir.c", *sources),
        (f"WEIR_HEAP_LINK_BITS={link_bits}", f"WEIR_CHECKS={int(checks)}", *more),
    )


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
    folders = (ROOT / "runtime/include", ROOT / "runtime/src", PROGRAM, ALLOCATORS)
    include = [f"-I{folder}" for folder in folders]
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


def recorded_operations() -> list[trace.Operation]:
    return trace.read((HERE / "recorded/lua.trace").read_text())


def recorded_source(directory: Path) -> Path:
    source = directory / "recorded.c"
    source.write_text(trace.as_c(recorded_operations()))
    return source


def without_startup(allocator: Allocator) -> Allocator:
    """The same for an image that never runs, of which only the size is asked."""
    return replace(allocator, machine=replace(allocator.machine, link=("-nostartfiles",)))


def program(
    shop: Workshop,
    allocator: Allocator,
    label: str,
    parts: Sequence[str],
    flags: Sequence[str] = ("-O2",),
) -> Path:
    """Compile the named parts of the bench around an allocator; the program's path."""
    output = shop.directory / label
    sources = [*(PROGRAM / f"{part}.c" for part in parts), shop.recorded, *allocator.sources]
    defines = (f"-D{define}" for define in allocator.defines)
    words = [*flags, f'-DBENCH_ALLOCATOR="{allocator.header}"', *defines]
    call(compile_command(allocator.machine, sources, output, words, allocator.libraries))
    return output


def cargo(directory: Path, *arguments: str, bootstrap: bool = False) -> None:
    # Building the core library for a target without a prepared one is not a stable feature; this
    # variable lets a stable compiler do it.
    environment = os.environ | {"CARGO_TARGET_DIR": str(directory / "rust")}
    if bootstrap:
        environment["RUSTC_BOOTSTRAP"] = "1"
    manifest = ("--locked", "--manifest-path", str(HERE / "rust/Cargo.toml"))
    call(["cargo", "build", "-q", *manifest, *arguments], environment)


def open_workshop(directory: Path) -> Workshop:
    """Make the directory and the crates' libraries; what of them fails is noted, not fatal."""
    directory.mkdir(parents=True, exist_ok=True)
    bare = Workshop(directory, recorded_source(directory))
    if shutil.which("cargo") is None:
        return replace(bare, notes=("cargo is missing: no Rust peer is measured",))
    shop = bare
    try:
        cargo(directory, "--release")
        shop = replace(shop, rust_host=directory / "rust/release" / RUST_LIBRARY)
    except BuildError as error:
        note = f"no Rust peer is timed on the host: {first_error(str(error))}"
        shop = replace(shop, notes=(*shop.notes, note))
    try:
        cross = ("-Zbuild-std=core,alloc", "--target", RUST_TARGET)
        cargo(directory, "--release", *cross, bootstrap=True)
        cargo(directory, "--profile", "small", *cross, bootstrap=True)
        target = directory / "rust" / RUST_TARGET
        return replace(
            shop,
            rust=target / "release" / RUST_LIBRARY,
            rust_small=target / "small" / RUST_LIBRARY,
        )
    except BuildError as error:
        note = f"no Rust peer is measured on the M4: {first_error(str(error))}"
        return replace(shop, notes=(*shop.notes, note))


def first_error(text: str) -> str:
    lines = [line for line in text.splitlines() if line.startswith("error")]
    return lines[0] if lines else text.splitlines()[-1]

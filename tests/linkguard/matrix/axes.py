"""The axes of the matrix, and which of their combinations cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

LINKERS = ("bfd", "lld-19", "lld-22", "mold", "gold")
OPTIMISATIONS = ("-O0", "-O2", "-Os")
BEST_EFFORT = "gold"


@dataclass(frozen=True)
class Mode:
    """A compiler, and when it optimises."""

    name: str
    compiler: str  # gcc or clang
    flag: str = ""

    @property
    def is_lto(self) -> bool:
        return bool(self.flag)


MODES = (
    Mode("gcc", "gcc"),
    Mode("gcc-lto", "gcc", "-flto"),
    Mode("clang-lto", "clang", "-flto"),
    Mode("thin-lto", "clang", "-flto=thin"),
)


@dataclass(frozen=True)
class Platform:
    """A machine with a C library: the compilers' options for it, and those of the link."""

    name: str
    title: str
    prefix: str = ""  # of its binutils and its GCC
    gcc: tuple[str, ...] = ()
    clang: tuple[str, ...] = ()
    link: tuple[str, ...] = ()

    @property
    def is_host(self) -> bool:
        return not self.prefix


_CORTEX_M3 = ("-mcpu=cortex-m3", "-mthumb")
_PICOLIBC = ("--specs=picolibc.specs",)
_NO_STREAM = ("-Wl,--defsym=stdin=0", "-Wl,--defsym=stdout=0", "-Wl,--defsym=stderr=0")
_ARM = "arm-none-eabi-"
_RISCV = "riscv64-unknown-elf-"


def _riscv(bits: int, abi: str) -> Platform:
    machine = (f"-march=rv{bits}imac", f"-mabi={abi}", "-mcmodel=medany")
    return Platform(
        f"rv{bits}",
        f"RV{bits}, picolibc",
        _RISCV,
        gcc=(*machine, *_PICOLIBC),
        # GNU ld 2.40 crashes when it relaxes next to Clang's DWARF 5
        clang=(f"--target=riscv{bits}-unknown-elf", *machine, "-gdwarf-4"),
        link=_NO_STREAM,
    )


PLATFORMS = (
    Platform("host", "x86-64, glibc, dynamic"),
    Platform("newlib", "Arm, newlib", _ARM, _CORTEX_M3, ("--target=arm-none-eabi", *_CORTEX_M3)),
    Platform(
        "nano",
        "Arm, newlib-nano",
        _ARM,
        _CORTEX_M3,
        ("--target=arm-none-eabi", *_CORTEX_M3),
        ("--specs=nano.specs",),
    ),
    Platform(
        "picolibc",
        "Arm, picolibc",
        _ARM,
        (*_CORTEX_M3, *_PICOLIBC),
        ("--target=arm-none-eabi", *_CORTEX_M3),
        _NO_STREAM,
    ),
    _riscv(32, "ilp32"),
    _riscv(64, "lp64"),
)


@dataclass(frozen=True)
class Combination:
    """One column of the matrix: everything about a cell but its case."""

    platform: Platform
    linker: str
    mode: Mode
    optimisation: str

    @property
    def name(self) -> str:
        return f"{self.platform.name}/{self.linker}/{self.mode.name}/{self.optimisation}"


def impossible(platform: Platform, linker: str, mode: Mode) -> str:
    """Why three choices do not go together; empty when they do."""
    if linker in ("mold", "gold") and not platform.is_host:
        return {
            "mold": "mold reads no linker script that places sections, firmware needs one",
            "gold": "gold is not part of the binutils for bare metal",
        }[linker]
    if linker.startswith("lld") and mode.is_lto and mode.compiler == "gcc":
        return "lld does not load GCC's plugin"
    return ""


def combinations() -> Iterator[Combination]:
    for platform in PLATFORMS:
        for mode in MODES:
            for optimisation in OPTIMISATIONS:
                for linker in LINKERS:
                    if not impossible(platform, linker, mode):
                        yield Combination(platform, linker, mode, optimisation)


def impossibilities() -> dict[str, list[str]]:
    """The reasons, each with the combinations that it rules out."""
    found: dict[str, list[str]] = {}
    for platform in PLATFORMS:
        for linker in LINKERS:
            for mode in MODES:
                if reason := impossible(platform, linker, mode):
                    found.setdefault(reason, []).append(f"{platform.name}/{linker}/{mode.name}")
    return found

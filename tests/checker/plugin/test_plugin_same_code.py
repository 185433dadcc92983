"""The plugin leaves no trace in the code: only the section of the facts is added."""

from itertools import product
from pathlib import Path

import pytest
from compiling import INPUTS, THUMB, X86, Toolchain
from elfsame import differences
from elftools.elf.elffile import ELFFile
from factsfile import read_units

FILES = ["hooks.c", "shapes.cpp"]
OPTIMISATION = ["-O0", "-O2", "-Os"]
DEBUG = ["-g0", "-g"]
TARGETS = {"x86-64": X86, "thumb": THUMB}


def both(clang: Toolchain, *args: str) -> tuple[Path, Path]:
    """The same compile without and with the plugin, to one name: coverage data holds it."""
    plain = clang.compile(*args, plugin=False).rename(clang.directory / "plain.o")
    return plain, clang.compile(*args)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("file", FILES)
def test_code_is_identical(clang: Toolchain, file: str, target: str) -> None:
    for level, debug in product(OPTIMISATION, DEBUG):
        plain, built = both(clang, *TARGETS[target], level, debug, str(INPUTS / file))
        assert differences(plain, built) == [], (level, debug)
        assert len(read_units(built)) == 1


@pytest.mark.parametrize(
    "flags",
    [
        ("-O2", "-fsanitize=undefined"),
        ("-O1", "-fsanitize=address"),
        ("-O2", "-fopenmp"),
        ("-O2", "-ffunction-sections", "-fdata-sections", "-fPIC"),
        ("-O2", "-fno-integrated-as"),
        ("-O2", "-gline-tables-only"),
        ("-O2", "--coverage"),
        ("-O2", "-fstack-protector-strong", "-pg"),
    ],
    ids=" ".join,
)
def test_code_is_identical_under_other_modes(clang: Toolchain, flags: tuple[str, ...]) -> None:
    plain, built = both(clang, *X86, *flags, str(INPUTS / "hooks.c"))
    assert differences(plain, built) == []
    assert len(read_units(built)) == 1


def test_own_type_metadata_of_the_user_stays(clang: Toolchain) -> None:
    """Who asks clang for kCFI gets it, with the plugin as without."""
    plain, built = both(clang, *X86, "-O2", "-fsanitize=kcfi", str(INPUTS / "hooks.c"))
    assert differences(plain, built) == []


def test_comparison_sees_a_difference(clang: Toolchain) -> None:
    """A comparison that finds nothing proves something only if it can find something."""
    one = clang.compile(clang.write("one.c", "int f(int x) { return x + 1; }"), output="one.o")
    two = clang.compile(clang.write("one.c", "int f(int x) { return x + 2; }"), output="two.o")
    assert any(".text" in name for name in differences(one, two))


def test_section_is_not_loaded(clang: Toolchain) -> None:
    with clang.compile(*THUMB, str(INPUTS / "hooks.c")).open("rb") as stream:
        section = ELFFile(stream).get_section_by_name(".weir.facts")
        assert section
        assert section["sh_flags"] == 0
        assert section["sh_type"] == "SHT_PROGBITS"


def test_same_input_gives_same_bytes(clang: Toolchain) -> None:
    first = clang.compile(*X86, str(INPUTS / "shapes.cpp"), output="first.o").read_bytes()
    assert clang.compile(*X86, str(INPUTS / "shapes.cpp"), output="second.o").read_bytes() == first

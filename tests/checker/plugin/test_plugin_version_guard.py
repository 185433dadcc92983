"""The plugin refuses a clang it was not built for, and never passes in silence."""

import shutil
import subprocess
from pathlib import Path

import pytest
from compiling import Toolchain

EX_SOFTWARE = 70
IMPOSTOR = """
void LLVMGetVersion(unsigned *major, unsigned *minor, unsigned *patch) {
  *major = 99; *minor = 1; *patch = 0;
}
"""


def refused(clang: Toolchain, compiler: str, flag: str, env: dict[str, str]) -> str:
    other = Toolchain(compiler, clang.plugin, clang.directory)
    source = clang.write("unit.c", "int x;")
    done = other.run(f"{flag}{clang.plugin}", "-c", source, "-o", "out.o", env=env)
    assert done.returncode == EX_SOFTWARE
    assert not (clang.directory / "out.o").exists()
    return done.stderr


@pytest.fixture
def impostor(clang: Toolchain) -> Path:
    """A library that makes the right clang claim another version."""
    source = clang.write("impostor.c", IMPOSTOR)
    library = clang.directory / "impostor.so"
    subprocess.run(
        [clang.clang, "-shared", "-fPIC", "-o", library, clang.directory / source], check=True
    )
    return library


@pytest.mark.parametrize("flag", ["-fplugin=", "-fpass-plugin="])
def test_refuses_another_version(clang: Toolchain, impostor: Path, flag: str) -> None:
    message = refused(clang, clang.clang, flag, {"LD_PRELOAD": str(impostor)})
    assert f"weir: error: this plugin was built for clang {clang.major}." in message
    assert "cannot be loaded into clang 99.1; use the plugin built for that clang" in message


@pytest.mark.parametrize("flag", ["-fplugin=", "-fpass-plugin="])
def test_refuses_other_clangs_of_this_machine(clang: Toolchain, flag: str) -> None:
    """None may be installed beside the one under test; the impostor stands in for them."""
    for other in range(16, 30):
        compiler = shutil.which(f"clang-{other}")
        if compiler and other != clang.major:
            assert f"cannot be loaded into clang {other}." in refused(clang, compiler, flag, {})


def test_exports_nothing_but_the_entry_point(plugin_path: Path) -> None:
    """A symbol of ours in clang's name space could take the place of one of clang's own."""
    listing = subprocess.run(
        ["nm", "-D", "--defined-only", "--format=posix", plugin_path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split()[0] for line in listing.stdout.splitlines()] == ["llvmGetPassPluginInfo"]


def test_is_not_linked_against_llvm(plugin_path: Path) -> None:
    dynamic = subprocess.run(
        ["readelf", "-d", plugin_path], capture_output=True, text=True, check=True
    )
    assert "LLVM" not in dynamic.stdout
    assert "clang" not in dynamic.stdout

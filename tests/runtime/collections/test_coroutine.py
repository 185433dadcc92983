"""The C++ side: coroutines compiled by both compilers, and every public header in C++."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
RUNTIME = ROOT / "runtime"
HERE = Path(__file__).parent
INCLUDES = [f"-I{RUNTIME}/include", f"-I{HERE.parent}", f"-I{HERE.parent / 'async'}"]
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
CLANG = f"clang++-{os.environ.get('WEIR_LLVM', '22')}"
SANITIZE = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def need(program: str) -> None:
    if shutil.which(program) is None:
        if os.environ.get("WEIR_REQUIRE_TOOLS") == "1":
            pytest.fail(f"not installed: {program}")
        pytest.skip(f"not installed: {program}")


def must(*command: object) -> str:
    words = [str(word) for word in command]
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{words}\n{result.stdout}{result.stderr}"
    return result.stdout


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the port whose time stands still. An archive: a program takes what it uses."""
    need("gcc")
    directory = tmp_path_factory.mktemp("library")
    sources = [*sorted((RUNTIME / "src").glob("*.c")), HERE.parent / "async" / "fake_port.c"]
    for source in sources:
        object_file = directory / f"{source.stem}.o"
        must("gcc", "-std=c11", *SANITIZE, *INCLUDES, "-c", source, "-o", object_file)
    archive = directory / "libweir.a"
    must("ar", "rcs", archive, *sorted(directory.glob("*.o")))
    return archive


@pytest.mark.parametrize("compiler", ["g++", CLANG])
@pytest.mark.parametrize("language", [["-fno-exceptions", "-fno-rtti"], []], ids=["bare", "full"])
def test_coroutines(library: Path, tmp_path: Path, compiler: str, language: list[str]) -> None:
    need(compiler)
    program = tmp_path / "coroutine"
    options = ["-std=c++20", *STRICT, *SANITIZE, *language, *INCLUDES]
    must(compiler, *options, HERE / "coroutine.cpp", library, "-o", program)
    assert must(program).endswith(" 0 failed\n")


def headers_source(directory: Path) -> Path:
    source = directory / "headers.cpp"
    names = sorted(path.name for path in (RUNTIME / "include" / "weir").glob("*.h"))
    source.write_text('extern "C" {\n' + "".join(f'#include "weir/{n}"\n' for n in names) + "}\n")
    return source


@pytest.mark.parametrize("compiler", ["g++", CLANG])
def test_every_header_is_cxx_as_well(tmp_path: Path, compiler: str) -> None:
    need(compiler)
    source = headers_source(tmp_path)
    must(compiler, "-std=c++20", *STRICT, *INCLUDES, "-fsyntax-only", source)


def test_a_coroutine_without_frames_does_not_compile(tmp_path: Path) -> None:
    need("g++")
    source = tmp_path / "without.cpp"
    source.write_text('#include "weir/coroutine.hpp"\nweir::task<int> f(int x) { co_return x; }\n')
    command = ["g++", "-std=c++20", *INCLUDES, "-fsyntax-only", str(source)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    source.write_text(source.read_text().replace("f(int x)", "f(weir::frames, int x)"))
    must(*command)


def test_a_task_that_is_not_looked_at_is_a_warning(tmp_path: Path) -> None:
    need("g++")
    source = tmp_path / "dropped.cpp"
    source.write_text(
        '#include "weir/coroutine.hpp"\n'
        "weir::task<int> f(weir::frames) { co_return 1; }\n"
        "void g(weir::frames at) { f(at); }\n"
    )
    command = [
        "g++",
        "-std=c++20",
        *INCLUDES,
        "-Werror=unused-result",
        "-fsyntax-only",
        str(source),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "nodiscard" in result.stderr
    assert result.returncode != 0

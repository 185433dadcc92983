"""The runtime, installed and as a subdirectory: same targets, same program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT, done

# A heap, a port and a task: what does not link without the library, its port and their headers.
PROGRAM = r"""
#include <stdio.h>
#include "weir/executor.h"
#include "weir/heap.h"
#include "weir/port.h"

WEIR_HEAP_DEFINE(heap, 4096);

int main(void) {
  struct weir_layout layout = {64, 8};
  if (WEIR_HEAP_INIT(heap) != WEIR_OK)
    return 1;
  void *block = weir_heap_try_alloc(&heap, layout);
  weir_heap_free(&heap, block, layout);
  weir_heap_drain(&heap, 1);
  printf("%zu in use at %d\n", weir_heap_stats(&heap).used, (int)(weir_port_now() * 0));
  return !weir_heap_check(&heap);
}
"""

USE = """cmake_minimum_required(VERSION 3.25)
project(user C)
{find}
add_executable(user main.c)
target_link_libraries(user PRIVATE weir::weir weir::port)
"""


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    build, prefix = tmp_path_factory.mktemp("build"), tmp_path_factory.mktemp("prefix")
    done("cmake", "--preset", "host-release", "-S", ROOT, "-B", build, "-DWEIR_TESTS=OFF")
    done("cmake", "--build", build)
    done("cmake", "--install", build, "--prefix", prefix)
    return prefix


def test_the_installed_runtime_is_found(prefix: Path, project: Callable[..., Path]) -> None:
    files = {
        "main.c": PROGRAM,
        "CMakeLists.txt": USE.format(find="find_package(weir 0.1 REQUIRED)"),
    }
    build = project(files, f"-DCMAKE_PREFIX_PATH={prefix}")
    done("cmake", "--build", build)
    assert done(build / "user") == "0 in use at 0\n"


def test_the_runtime_is_a_subdirectory(project: Callable[..., Path]) -> None:
    files = {
        "main.c": PROGRAM,
        "CMakeLists.txt": USE.format(find=f"add_subdirectory({ROOT}/runtime weir)"),
    }
    build = project(files)
    done("cmake", "--build", build)
    assert done(build / "user") == "0 in use at 0\n"
    commands = (build / "build.ninja").read_text()
    assert "-Werror" not in commands, "a user's newer compiler would refuse the library"


def test_every_installed_header_stands_alone(prefix: Path, tmp_path: Path) -> None:
    headers = sorted((prefix / "include" / "weir").glob("*.h"))
    assert len(headers) == len(list((ROOT / "runtime/include/weir").glob("*.h")))
    for header in headers:
        unit = tmp_path / f"{header.stem}.c"
        unit.write_text(f'#include "weir/{header.name}"\nextern int unit;\n')
        flags = ["-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
        done("gcc", *flags, f"-I{prefix}/include", unit)

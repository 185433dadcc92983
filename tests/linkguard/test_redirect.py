"""Redirected libraries: what they allocate from, and what is said of the rest."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from linkguard import archive, banlist, elf, redirection
from linkguard.elf import Elf
from tests.linkguard.conftest import Outcome
from tests.linkguard.toolchains import (
    ARM_LLD,
    HOST,
    NANO,
    RISCV,
    Toolchain,
    must,
    need,
)

Run = Callable[..., Outcome]
RUNTIME = Path(__file__).parents[2] / "runtime"

LIBRARY = """
#include <stdlib.h>
#include <string.h>
static struct { void *(*get)(size_t); void (*put)(void *); } hooks = {malloc, free};
char *library_copy(const char *text, size_t times) {
  char *copy = hooks.get(strlen(text) * times + 1);
  if (copy == NULL)
    return NULL;
  *copy = '\\0';
  for (size_t i = 0; i < times; i++)
    strcat(copy, text);
  return realloc(copy, strlen(copy) + 1);
}
void library_drop(char *copy) { hooks.put(copy); }
"""

PROGRAM = """
#include "weir/reserve.h"
#include <stdio.h>
WEIR_RESERVE_DEFINE(lib);
char *library_copy(const char *text, size_t times);
void library_drop(char *copy);
static _Alignas(16) unsigned char block[512];
int main(void) {
  struct weir_reserve reserve;
  char *copy;
  weir_reserve_begin(&reserve, NULL, block, sizeof block);
  weir_reserve_enter(&lib, &reserve);
  copy = library_copy("weir", 5);
  printf("%s %d", copy, (unsigned char *)copy > block && (unsigned char *)copy < block + 512);
  library_drop(copy);
  printf(" %d", library_copy("weir", 500) == NULL);
  weir_reserve_leave(&lib);
  printf(" %d", (int)weir_reserve_stats(&reserve).live);
  printf(" %d", (int)weir_reserve_stats(&reserve).overruns);
  return 0;
}
"""

ZLIB_PROGRAM = """
#include "weir/reserve.h"
#include <stdio.h>
#include <zlib.h>
WEIR_RESERVE_DEFINE(z);
static _Alignas(16) unsigned char block[300000], text[5000], packed[6000], back[5000];
int main(void) {
  struct weir_reserve reserve;
  unsigned long size = sizeof packed, restored = sizeof back;
  for (int i = 0; i < 5000; i++)
    text[i] = (unsigned char)(i % 7 * i % 251);
  printf("%d", compress(packed, &size, text, sizeof text));
  size = sizeof packed;
  weir_reserve_begin(&reserve, NULL, block, sizeof block);
  weir_reserve_enter(&z, &reserve);
  printf(" %d", compress(packed, &size, text, sizeof text));
  printf(" %d", uncompress(back, &restored, packed, size));
  weir_reserve_leave(&z);
  printf(" %d %d %d", (int)weir_reserve_stats(&reserve).live, back[4321] == text[4321],
         weir_reserve_stats(&reserve).peak > 200000);
  return 0;
}
"""


def compiled(toolchain: Toolchain, directory: Path, name: str, text: str, *flags: str) -> Path:
    toolchain.require()
    source = directory / f"{name}.c"
    source.write_text(text)
    return toolchain.compile(source, directory / f"{name}.o", "-O1", *flags)


def undefined(path: Path) -> set[str]:
    return {s.name for s in elf.read(path).symbols if s.section == elf.SHN_UNDEF}


def linked_with_runtime(directory: Path, program: str, library: Path) -> Path:
    source = directory / "program.c"
    source.write_text(program)
    sources = [*sorted((RUNTIME / "src").glob("*.c")), RUNTIME / "port" / "posix.c"]
    image = directory / "program"
    must("gcc", f"-I{RUNTIME}/include", "-w", source, *sources, library, "-lpthread", "-o", image)
    return image


def test_a_library_allocates_from_the_reservation(linkguard: Run, tmp_path: Path) -> None:
    library = compiled(HOST, tmp_path, "library", LIBRARY)
    before = library.read_bytes()
    outcome = linkguard("redirect", library, "--prefix", "lib", "-o", tmp_path / "copy.o")
    assert (outcome.status, outcome.out) == (0, "")
    assert "'malloc' is now 'lib_malloc'" in outcome.err
    assert "'strlen'" in outcome.err
    assert "_GLOBAL_OFFSET_TABLE_" not in outcome.err
    image = linked_with_runtime(tmp_path, PROGRAM, tmp_path / "copy.o")
    assert must(image) == f"{'weir' * 5} 1 1 0 1"
    assert library.read_bytes() == before


def test_a_packaged_archive_allocates_from_the_reservation(linkguard: Run, tmp_path: Path) -> None:
    need("gcc")
    library = Path(must("gcc", "-print-file-name=libz.a").strip())
    assert library.is_file(), "zlib1g-dev has it"
    copy = tmp_path / "libz_reserved.a"
    assert linkguard("redirect", library, "--prefix", "z", "-o", copy).status == 0
    assert must(linked_with_runtime(tmp_path, ZLIB_PROGRAM, copy)) == "-4 0 0 0 1 1"
    old = [member.name for member in archive.members(library.read_bytes(), library)]
    assert [member.name for member in archive.members(copy.read_bytes(), copy)] == old


@pytest.mark.parametrize("toolchain", [HOST, NANO, RISCV, ARM_LLD], ids=lambda t: t.name)
@pytest.mark.parametrize("objcopy", [None, "llvm-objcopy"])
def test_every_machine(
    linkguard: Run, tmp_path: Path, toolchain: Toolchain, objcopy: str | None
) -> None:
    library = compiled(toolchain, tmp_path, "library", LIBRARY)
    if objcopy is not None:
        objcopy = ARM_LLD.programs[0].replace("ld.lld", objcopy)
        need(objcopy)
    options = ["--objcopy", objcopy] if objcopy else []
    outcome = linkguard("redirect", library, "--prefix", "lib", "-o", tmp_path / "c.o", *options)
    assert outcome.status == 0, outcome.err
    names = undefined(tmp_path / "c.o")
    assert {"lib_malloc", "lib_free", "lib_realloc"} <= names
    assert not names & {"malloc", "free", "realloc"}


def test_members_of_one_name_all_change(linkguard: Run, tmp_path: Path) -> None:
    need("ar")
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        text = f"#include <stdlib.h>\nvoid *get{number}(void) {{ return malloc({number}); }}"
        compiled(HOST, tmp_path / str(number), "same", text)
    library = tmp_path / "lib.a"
    must("ar", "q", library, tmp_path / "1/same.o", tmp_path / "2/same.o")
    copy = tmp_path / "copy.a"
    assert linkguard("redirect", library, "--prefix", "x", "-o", copy).status == 0
    members = [Elf(m.data, m.name) for m in archive.members(copy.read_bytes(), copy)]
    assert len(members) == 2
    assert all("x_malloc" in {s.name for s in member.symbols} for member in members)


def test_every_banned_name_is_redirected_or_reported(tmp_path: Path) -> None:
    need("gcc")
    presets = banlist.shipped().presets.items()
    about_memory = [entry for name, entry in presets if redirection.is_about_memory(name)]
    names = sorted({name for preset in about_memory for name in preset.functions})
    source = tmp_path / "all.s"
    source.write_text("".join(f".quad {name}\n" for name in names))
    must("gcc", "-c", source, "-o", tmp_path / "all.o")
    plan = redirection.plan([elf.read(tmp_path / "all.o")], "x", frozenset())
    reported = {finding.subject for finding in plan.findings}
    assert set(plan.names) | reported == set(names)
    assert not set(plan.names) & reported
    assert {"malloc", "posix_memalign", "__strdup", "reallocarray"} <= set(plan.names)
    assert {"asprintf", "_Znwm", "_malloc_r", "valloc", "sbrk"} <= reported


def test_the_slot_defines_what_names_are_redirected_to() -> None:
    header = (RUNTIME / "include/weir/reserve.h").read_text()
    declared = header.split("#define WEIR_RESERVE_DECLARE")[1].split("#define")[0]
    assert set(re.findall(r"prefix##_(\w+)\(", declared)) == set(redirection.SLOT_FUNCTIONS)
    assert set(redirection.ALIASES.values()) <= set(redirection.SLOT_FUNCTIONS)


UNREACHABLE = """
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
char *say(int n) { char *text = malloc(1); return asprintf(&text, "%d", n) < 0 ? NULL : text; }
"""


def test_what_cannot_be_redirected_is_a_finding(linkguard: Run, tmp_path: Path) -> None:
    library = compiled(HOST, tmp_path, "say", UNREACHABLE)
    copy = tmp_path / "copy.o"
    outcome = linkguard("redirect", library, "--prefix", "x", "-o", copy)
    assert outcome.status == 1
    assert re.fullmatch(
        r".*say.o: error: 'asprintf' \(preset 'c-heap'\) takes memory .* \[weir-not-redirected\]\n"
        r".*say.o: note: .* --leave asprintf\n",
        outcome.out,
    )
    assert not copy.exists()
    options = ["--leave", "asprintf"]
    assert linkguard("redirect", library, "--prefix", "x", "-o", copy, *options).status == 0
    assert {"asprintf", "x_malloc"} <= undefined(copy)


def test_an_allocator_of_its_own_is_a_finding(linkguard: Run, tmp_path: Path) -> None:
    text = "#include <stddef.h>\nvoid *malloc(size_t n) { return n ? 0 : malloc(1); }"
    library = compiled(HOST, tmp_path, "own", text, "-fno-builtin")
    outcome = linkguard("redirect", library, "--prefix", "x", "-o", tmp_path / "c.o")
    assert outcome.status == 1
    assert "'malloc' is defined here" in outcome.out


def test_a_function_of_its_own_is_left(linkguard: Run, tmp_path: Path) -> None:
    text = "#include <stdlib.h>\nchar *strdup(const char *t) { char *c = malloc(9); return c; }"
    library = compiled(HOST, tmp_path, "own", text, "-fno-builtin")
    assert linkguard("redirect", library, "--prefix", "x", "-o", tmp_path / "c.o").status == 0
    assert {s.name for s in elf.read(tmp_path / "c.o").symbols} >= {"strdup", "x_malloc"}


def test_a_library_without_the_heap_is_copied(linkguard: Run, tmp_path: Path) -> None:
    library = compiled(HOST, tmp_path, "pure", "int f(int x) { return x + 1; }")
    outcome = linkguard("redirect", library, "--prefix", "x", "-o", tmp_path / "c.o")
    assert outcome.status == 0
    assert "nothing in it refers to the C heap" in outcome.err
    assert (tmp_path / "c.o").read_bytes() == library.read_bytes()


@pytest.mark.parametrize("prefix", ["", "a-b", "1x", "a b"])
def test_a_prefix_is_an_identifier(linkguard: Run, tmp_path: Path, prefix: str) -> None:
    outcome = linkguard("redirect", tmp_path / "x.o", "--prefix", prefix, "-o", tmp_path / "c")
    assert outcome.status == 2
    assert outcome.err == f"redirect: error: '{prefix}' is no prefix: give a C identifier\n"


def refused(outcome: Outcome, directory: Path) -> str:
    assert (outcome.status, outcome.out) == (2, "")
    assert not (directory / "c.o").exists()
    assert len(outcome.err.splitlines()) == 1
    return outcome.err


def test_what_is_no_library_is_refused(linkguard: Run, tmp_path: Path) -> None:
    need("ar", "gcc")
    plain = compiled(HOST, tmp_path, "plain", LIBRARY)
    taken = compiled(
        HOST,
        tmp_path,
        "taken",
        "#include <stdlib.h>\nvoid *lib_malloc(int n) { return malloc(n); }",
    )
    must("ar", "rcsT", "thin.a", "plain.o", cwd=tmp_path)
    (tmp_path / "empty.a").write_bytes(archive.MAGIC)
    (tmp_path / "text.o").write_text("no object")
    late = compiled(HOST, tmp_path, "late", LIBRARY, "-flto", "-ffat-lto-objects")

    def call(path: Path, *options: str) -> str:
        arguments = ("--prefix", "lib", "-o", tmp_path / "c.o", *options)
        return refused(linkguard("redirect", path, *arguments), tmp_path)

    assert "cannot read it" in call(tmp_path / "gone.o")
    assert "neither an archive nor an ELF object" in call(tmp_path / "text.o")
    assert "a thin archive" in call(tmp_path / "thin.a")
    assert "an empty archive" in call(tmp_path / "empty.a")
    assert "build it without -flto" in call(late)
    assert "defines 'lib_malloc' already" in call(taken)
    assert "no such program" in call(plain, "--objcopy", "no-such-objcopy")


def test_an_objcopy_that_renames_nothing_is_noticed(linkguard: Run, tmp_path: Path) -> None:
    library = compiled(HOST, tmp_path, "library", LIBRARY)
    fake = tmp_path / "objcopy"
    fake.write_text('#!/bin/sh\nexec cp "$2" "$3"\n')
    fake.chmod(0o755)
    arguments = ("--prefix", "lib", "-o", tmp_path / "c.o", "--objcopy", fake)
    assert "did not rename" in refused(linkguard("redirect", library, *arguments), tmp_path)

"""The shipped tables of who allocates, made again from the libraries that are here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from linkguard import banlist, mayallocatetable, policy
from tests.linkguard.conftest import Outcome
from tests.linkguard.toolchains import HOST, NANO, NEWLIB, PICOLIBC, Toolchain, must

Run = Callable[..., Outcome]
LIBRARIES = {
    "newlib": (NEWLIB, "libc.a"),
    "nano": (NANO, "libc_nano.a"),
    "picolibc": (PICOLIBC, "libc.a"),
    "glibc": (HOST, "libc.a"),
}
# Banned, though none of the four libraries has them or gives memory by them under this name.
OF_OTHERS = {
    # what glibc's headers make of the functions
    *("__strdup", "__strndup", "__asprintf_chk", "__vasprintf_chk"),
}


def command(name: str) -> tuple[Path, list[object]]:
    toolchain: Toolchain = LIBRARIES[name][0]
    toolchain.require()
    library = toolchain.library(LIBRARIES[name][1])
    words: list[object] = ["may-allocate", f"{name}={library}"]
    if toolchain is HOST:
        words += ["--exports", f"{name}={must('gcc', '-print-file-name=libc.so.6').strip()}"]
    return library, words


@pytest.mark.parametrize("name", LIBRARIES)
def test_the_shipped_table_is_what_the_command_makes(name: str, linkguard: Run) -> None:
    """On another system's version of a library, nearly; of the same library, exactly."""
    library, words = command(name)
    outcome = linkguard(*words)
    assert outcome.status == 0, outcome.err
    ours, shipped = mayallocatetable.parse(outcome.out)[name], mayallocatetable.shipped()[name]
    assert ours.sha256 == hashlib.sha256(library.read_bytes()).hexdigest()
    if ours.sha256 == shipped.sha256:
        assert ours == shipped
        return
    for then, now in ((shipped.gives, ours.gives), (shipped.allocates, ours.allocates)):
        assert len({*then} & {*now}) >= 0.8 * len({*then} | {*now})


def test_what_is_known_of_the_libraries() -> None:
    tables = mayallocatetable.shipped()
    assert {"printf", "snprintf", "strtod", "fopen"} <= {*tables["nano"].allocates}
    assert {"rand", "strtok"} <= {*tables["nano"].allocates}  # their state is on the heap
    assert not {"rand", "strtok"} & {*tables["newlib"].allocates}
    picolibc = {*tables["picolibc"].allocates, *tables["picolibc"].through_pointers}
    assert "fopen" in picolibc and not {"printf", "snprintf", "strtod"} & picolibc
    assert {"printf", "fopen", "qsort", "getline"} <= {*tables["glibc"].allocates}
    assert "puts" in tables["glibc"].through_pointers  # the stream's buffer, through its table
    for table in tables.values():
        every = {*table.gives, *table.allocates, *table.through_pointers}
        assert not {"memcpy", "strlen", "memset", "strcmp", "abs"} & every


def test_the_ban_list_holds_what_gives_memory_and_little_else() -> None:
    gives = {name for table in mayallocatetable.shipped().values() for name in table.gives}
    rules = policy.load(None)
    assert sorted(name for name in gives if not rules.bans(name)) == []
    presets = ("c-heap", "newlib-heap")
    banned = {name for p in presets for name in banlist.shipped().functions_of(p)}
    assert banned - gives == OF_OTHERS


def test_verify_names_the_imports_that_may_allocate(linkguard: Run, tmp_path: Path) -> None:
    HOST.require()
    source = tmp_path / "main.c"
    source.write_text(
        "#include <stdio.h>\n#include <string.h>\n"
        'int main(int n, char **v) { FILE *f = fopen(v[0], "r"); puts(v[0]); '
        "return f == 0 || n * strlen(v[0]) == 7; }\n"
    )
    must(*HOST.link_command([HOST.compile(source, tmp_path / "m.o")], tmp_path / "a.out"))
    outcome = linkguard("verify", tmp_path / "a.out")
    assert outcome.status == 0
    assert "glibc may allocate inside " in outcome.err and "'fopen'" in outcome.err
    assert "glibc may allocate, through a pointer, inside 'puts', imported here" in outcome.err
    assert "strlen" not in outcome.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("x=none.a", "none.a: error: cannot read it"),
        ("none.a", "none.a: error: give a name and a file"),
        ("x=text", "text: error: not an archive"),
        ("x=empty.a", "empty.a: error: no function in it gives memory"),
        ("x=empty.a --exports y=text", "y: error: --exports without a library of this name"),
        ("x=empty.a --exports x=text", "text: error: not an ELF file"),
    ],
)
def test_bad_input(linkguard: Run, tmp_path: Path, words: str, message: str) -> None:
    (tmp_path / "text").write_text("text")
    (tmp_path / "empty.a").write_bytes(b"!<arch>\n")
    given = words.replace("=", f"={tmp_path}/").split(" ")
    outcome = linkguard("may-allocate", *given, "-o", tmp_path / "out.json")
    assert outcome.status == 2 and message in outcome.err
    assert not (tmp_path / "out.json").exists()

"""Bad input, command by command: `file: error: what`, status 2, no traceback, nothing written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import linkguard as linkguard_package
from tests.linkguard.conftest import Outcome
from tests.linkguard.toolchains import FIXTURES, HOST, NANO, must, run

Run = Callable[..., Outcome]
ROOT = Path(linkguard_package.__file__).parent.parent


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good and bad files under telling names."""
    NANO.require()
    HOST.require()
    directory = tmp_path_factory.mktemp("inputs")
    start_object = NANO.compile(FIXTURES / "start.c", directory / "start.o")
    case = NANO.compile(FIXTURES / "cases" / "call.c", directory / "call.o")
    image = directory / "image.elf"
    must(*NANO.link_command([start_object, case], image, f"-Wl,-Map={directory}/image.map"))
    HOST.compile(FIXTURES / "cases" / "clean.c", directory / "host.o")
    data = image.read_bytes()
    (directory / "truncated.elf").write_bytes(data[: len(data) // 2])
    linkmap = (directory / "image.map").read_text()
    start = linkmap.index("Linker script and memory map")
    (directory / "truncated.map").write_text(linkmap[: start - 1])
    (directory / "cut.map").write_text(linkmap[: linkmap.index(" .text.", start)])
    must(*NANO.link_command([start_object, case], directory / "relocs.elf", "-Wl,--emit-relocs"))
    (directory / "header.elf").write_bytes(data[:20])
    (directory / "stripped.elf").write_bytes(data)
    must("arm-none-eabi-strip", directory / "stripped.elf")
    (directory / "empty").write_bytes(b"")
    (directory / "text.a").write_text("GROUP ( libc.a )\n")
    (directory / "cut.a").write_bytes(b"!<arch>\nx.o/            0           0 ")
    must("arm-none-eabi-ar", "rcsT", directory / "thin.a", directory / "call.o")
    (directory / "bitcode.o").write_bytes(b"BC\xc0\xde" + bytes(40))
    must(
        "arm-none-eabi-gcc",
        "-flto",
        "-fno-fat-lto-objects",
        "-c",
        FIXTURES / "cases" / "clean.c",
        "-o",
        directory / "lto.o",
    )
    (directory / "bad.toml").write_text("[ban]\npresets = ['heap']\n")
    arch = bytearray((directory / "relocs.elf").read_bytes())
    arch[18:20] = (8).to_bytes(2, "little")
    (directory / "mips.elf").write_bytes(bytes(arch))
    return directory


TABLE = [
    ("verify none.elf", "none.elf: error: cannot read it: no such file or directory"),
    ("verify .", ".: error: cannot read it: is a directory"),
    ("verify empty", "empty: error: not an ELF file: give what a compiler or a linker wrote"),
    ("verify text.a", "text.a: error: not an ELF file"),
    ("verify header.elf", "header.elf: error: truncated or damaged ELF header"),
    ("verify truncated.elf", "truncated.elf: error: truncated ELF"),
    ("verify stripped.elf", "stripped.elf: error: no symbol table"),
    ("verify call.o", "call.o: error: an object file: give the linked image"),
    ("verify --policy bad.toml image.elf", "bad.toml: error: unknown preset 'heap' in [ban]"),
    ("verify --policy none.toml image.elf", "none.toml: error: cannot read the policy"),
    ("explain", "explain: error: give IMAGE --map MAP, or -- and the link command"),
    ("explain --", "explain: error: no link command after --"),
    ("explain image.elf", "explain: error: give IMAGE --map MAP"),
    ("explain --map none.map image.elf", "none.map: error: cannot read the map"),
    ("explain --map text.a image.elf", "text.a: error: not a map of GNU ld, gold, lld or mold"),
    ("explain --map image.map image.elf", "image.elf: error: no relocations: link it with"),
    ("explain --map image.map stripped.elf", "stripped.elf: error: no symbol table"),
    ("explain --map image.map call.o", "call.o: error: an object file"),
    ("explain --map image.map mips.elf", "mips.elf: error: code for machine 8 cannot be read"),
    ("explain -- no-such-compiler a.o", "no-such-compiler: error: no such program"),
    ("explain -- gcc none.o", "gcc: error: the command linked nothing through -B"),
    ("explain -- ld none.o", "the link to be explained failed too"),
    ("summarize none.a -o out", "none.a: error: cannot read it"),
    ("summarize text.a -o out", "text.a: error: neither an archive nor an ELF object: give the .a"),
    ("summarize cut.a -o out", "cut.a: error: damaged archive"),
    ("summarize bitcode.o -o out", "bitcode.o: error: holds LLVM bitcode"),
    ("summarize lto.o -o out", "lto.o: error: holds GCC's LTO code only"),
    ("summarize image.elf -o out", "image.elf: error: a linked image"),
    ("summarize mips.elf -o out", "mips.elf: error: a linked image"),
    ("summarize call.o -o empty/out", "out: error: cannot write it"),
    ("flags -o empty/dir", "error: cannot write it"),
    ("flags none.o --policy glob.toml -o out", "none.o: error: cannot read it"),
    ("flags -o out --policy bad.toml", "bad.toml: error: unknown preset"),
    ("flags -o with\tblank", "a directory with blanks or quotes cannot be named"),
    ("shim -o out --policy bad.toml", "bad.toml: error: unknown preset"),
    ("shim -o out --linker no-such-ld", "no-such-ld: error: no such linker"),
    ("explain --map cut.map relocs.elf", "cut.map: error: has "),
    ("explain --map truncated.map relocs.elf", "truncated.map: error: not a map"),
    ("verify --map cut.map relocs.elf", "of the "),
    ("attest --map cut.map relocs.elf", "functions of 'relocs.elf': truncated, or the map of"),
    ("diff --new-map cut.map image.elf relocs.elf", "cut.map: error: has "),
    ("flags -o /proc/x", "error: cannot write it: "),
    ("flags --script-only -o /proc/x", "error: cannot write it: "),
    ("shim -o /proc/x", "error: cannot write it: "),
    ("attest image.elf -o /proc/x", "/proc/x: error: cannot write it: "),
    ("exempt call.o -o /proc/x --reason r", "/proc/x: error: cannot write it: "),
    ("summarize call.o -o /proc/x", "/proc/x: error: cannot write it: "),
    ("ld --linker no-such-ld -- a.o", "no-such-ld: error: no such linker"),
    ("ld --linker ld -- host.o -o /proc/x", "/proc/x: error: cannot link there: "),
    ("ld --policy bad.toml --linker ld -- host.o", "bad.toml: error: unknown preset"),
    ("exempt none.o -o out --reason r", "none.o: error: cannot read it"),
    ("exempt text.a -o out --reason r", "text.a: error: not an ELF file"),
    ("exempt thin.a -o out --reason r", "thin.a: error: a thin archive: its members are files"),
    ("exempt image.elf -o out --reason r", "image.elf: error: not an object or an archive of"),
    ("exempt host.o -o out --reason r", "host.o: error: refers to no banned function"),
    ("exempt call.o -o out", "the following arguments are required: --reason"),
    ("exempt call.o -o out --reason=", "exempt: error: an empty --reason"),
    (
        "exempt call.o -o out --reason r --objcopy no-such",
        "no-such: error: no such program for arm",
    ),
    ("exempt call.o -o out --reason r --objcopy false", "false' could not copy it: see above"),
    ("exempt call.o -o empty/out --reason r", "out: error: cannot write it"),
    ("verify --policy init.toml mips.elf", "mips.elf: error: code for machine 8 cannot be read"),
    ("attest none.elf", "none.elf: error: cannot read it"),
    ("attest truncated.elf", "truncated.elf: error: truncated ELF"),
    ("attest stripped.elf", "stripped.elf: error: no symbol table"),
    ("attest --check none.json image.elf", "none.json: error: cannot read it"),
    ("attest --check bad.toml image.elf", "bad.toml: error: not JSON"),
    ("attest --policy bad.toml image.elf", "bad.toml: error: unknown preset"),
    ("attest --map truncated.map image.elf", "truncated.map: error: "),
    ("attest image.elf -o empty/out", "out: error: cannot write it"),
    ("diff image.elf none.elf", "none.elf: error: cannot read it"),
    ("diff image.elf truncated.elf", "truncated.elf: error: truncated ELF"),
    ("diff stripped.elf image.elf", "stripped.elf: error: no symbol table"),
    ("diff image.elf call.o", "call.o: error: an object file"),
    ("diff image.elf mips.elf", "mips.elf: error: code for machine 8"),
    (
        "diff image.elf image.elf --new-map text.a",
        "text.a: error: not a map of GNU ld, gold, lld or mold",
    ),
    ("verify --map text.a image.elf", "text.a: error: not a map of GNU ld, gold, lld or mold"),
    ("unknown-command", "invalid choice: 'unknown-command'"),
]


@pytest.mark.parametrize(("words", "message"), TABLE, ids=[words for words, _ in TABLE])
def test_bad_input(
    linkguard: Run, inputs: Path, monkeypatch: pytest.MonkeyPatch, words: str, message: str
) -> None:
    monkeypatch.chdir(inputs)
    (inputs / "init.toml").write_text("[init]\nfunctions = ['main']\n")
    (inputs / "glob.toml").write_text("[ban]\nfunctions = ['x*']\n")
    before = sorted(path.name for path in inputs.iterdir())
    outcome = linkguard(*words.split(" "))
    assert outcome.status == 2, outcome
    assert message in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
    assert sorted(path.name for path in inputs.iterdir()) == before


BARE_START = """
import runpy, sys
sys.argv = ["linkguard", "summarize"]
sys.path.insert(0, {root!r})
runpy.run_module("linkguard", run_name="__main__")
"""


def test_a_python_without_the_dependencies() -> None:
    """`-S` leaves out site-packages, as the system's Python that CMake finds lacks ours."""
    done = run(sys.executable, "-S", "-c", BARE_START.format(root=str(ROOT)))
    assert done.returncode == 2, done.stderr
    assert "linkguard: error: " in done.stderr
    assert re.search(r"has no module '(elftools|capstone|xxhash)': install the pack", done.stderr)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("closed", ["2>&-", ">&-"])
def test_a_closed_stream_is_no_verdict(inputs: Path, closed: str) -> None:
    """A clean image stays clean where nobody listens; without an output there is no answer."""
    words = f"PYTHONPATH={ROOT} {sys.executable} -m linkguard verify clean.elf {closed}"
    (inputs / "clean.c").write_text("int main(void) { return 0; }")
    must("gcc", inputs / "clean.c", "-o", inputs / "clean.elf")
    done = run("sh", "-c", words, cwd=inputs)
    assert done.returncode == (0 if closed == "2>&-" else 2)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", ["verify {}", "explain --format json -- {}", "attest {}"])
def test_output_that_cannot_be_written_is_said(inputs: Path, words: str) -> None:
    """Status 1 would be a verdict."""
    subject = "ld -e 0 host.o" if "explain" in words else "image.elf"
    arguments = [sys.executable, "-m", "linkguard", *words.format(subject).split()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            arguments,
            check=False,
            cwd=inputs,
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert result.returncode == 2, result.stderr
    assert "error: no space left on device" in result.stderr
    assert "Traceback" not in result.stderr and "Exception ignored" not in result.stderr


def test_a_reader_that_went_away_is_no_error_to_tell(inputs: Path) -> None:
    command = [sys.executable, "-m", "linkguard", "attest", "image.elf"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    read, write = os.pipe()
    os.close(read)
    result = subprocess.run(
        command,
        check=False,
        cwd=inputs,
        env=environment,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(write)
    assert (result.returncode, result.stderr) == (2, "")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_names_of_any_bytes(inputs: Path, tmp_path: Path, encoding: str) -> None:
    image = tmp_path / os.fsdecode(b"im\xffage")
    image.write_bytes((inputs / "image.elf").read_bytes())
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}

    def status(*words: object) -> int:
        command = [sys.executable, "-m", "linkguard", *map(str, words)]
        result = subprocess.run(command, env=environment, capture_output=True, check=False)
        assert b"Traceback" not in result.stderr, result.stderr
        return result.returncode

    record = tmp_path / "record.json"
    assert status("verify", image) == 1
    assert status("attest", image) == 1
    assert status("attest", image, "-o", record) == 1
    assert "im\\udcffage" in record.read_text("utf-8")
    assert status("attest", "--check", record, image) == 1
    assert status("verify", f"{image}.none") == 2

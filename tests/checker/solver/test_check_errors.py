"""Bad input: a clear line, exit status 2, and never `clean`."""

import random
import subprocess
from pathlib import Path

import pytest
from checking import Checker, Code
from factswriter import HEADER, UNIT, Unit, pack, string_table, table, uleb

APP = (
    Unit("a.c").define("main", at="a.c:1:1").call("main", "malloc", "a.c:2:3").annotate("main", "x")
)


def header(blob: bytes, **changed: int) -> bytes:
    names = ["magic", "version", "codec", "kind", "stored", "raw", "content", "unit"]
    values = dict(zip(names, HEADER.unpack(blob[: HEADER.size]), strict=True)) | changed
    return HEADER.pack(*values.values()) + blob[HEADER.size :]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty; build the facts file again"),
        (b"\0" * 64, "it is empty; build the facts file again"),
        (b"!<arc", "it is not an ELF file, an archive or a facts file; give one of those"),
        (
            b"!<arch>\nnonsense",
            "archive too small for next archive member header",
        ),
        (b"BC\xc0\xde1234", "it is LLVM bitcode, made for link-time optimisation"),
        (APP.blob() + b"junk", "not a facts blob: its first bytes are not 'weirfact'"),
        (APP.blob() + b"weirfact", "facts blob is truncated in its header"),
        (APP.blob()[:-1], "facts blob is truncated: "),
        (header(APP.blob(), version=2), "facts have version 2, this tool reads version 3"),
        (header(APP.blob(), codec=2), "facts blob has unknown codec 2"),
        (header(APP.blob(), kind=3), "facts blob has unknown kind 3"),
        (header(APP.blob(), content=1), "facts blob is damaged: its content hash does not match"),
        (header(APP.blob(), unit=1), "unit id does not match the unit's name and triple"),
        (header(APP.blob(), raw=1 << 31), "more than is possible"),
        (header(APP.blob(compress=False), raw=1), "facts blob has two sizes"),
        (header(APP.blob(compress=False), codec=1), "facts blob does not unpack"),
    ],
)
def test_a_damaged_facts_file(checker: Checker, content: bytes, message: str) -> None:
    result = checker.run(checker.write("bad.facts", content))
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("bad.facts: error: ")
    assert message in result.err


STRINGS = string_table([b"a.c", b"none", b"t"])
UNIT_SECTION = b"\1\0\3\2"
FUNCTIONS = table([b"\1\1\0\0\0\0"])


def section(tag: int, body: bytes) -> bytes:
    return bytes([tag]) + uleb(len(body)) + body


BASE = section(1, STRINGS) + section(2, UNIT_SECTION) + section(3, FUNCTIONS)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "lacks its STRINGS, UNIT or FUNCTIONS section"),
        (BASE[:-1], "payload ends early"),
        (BASE + b"\4", "payload ends early"),
        (BASE + section(15, b""), "unknown section tag 15"),
        (BASE + section(3, FUNCTIONS), "repeated or out of order"),
        (section(1, b"\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\0"), "longer than 64 bits"),
        (section(1, b"\xff\xff\xff\xff\x0f"), "entries does not fit its section"),
        (section(1, b"\1x"), "string does not end"),
        (section(1, string_table([b""])), "string 1 is empty"),
        (section(1, string_table([b"a", b"\xff"])), "string 2 is not UTF-8"),
        (section(1, STRINGS) + section(2, b"\1\0\3\1"), "unknown type scheme 'a.c'"),
        (section(1, STRINGS) + section(2, b"\1\0\3\2\0"), "bytes left over"),
        (section(1, STRINGS) + section(2, b"\7\0\3\2"), "index 7 is out of range of the 4 strings"),
        (BASE + section(4, table([b"\0\1\0\0\0\0"])), "index 1 is out of range of the 1 functions"),
        (BASE + section(4, b"\1\0\0\0\0\x80\x80\x80\x80\x20\0"), "larger than 32 bits"),
        (BASE + section(5, table([b"\1\0\0\0\0\0"])), "index 1 is out of range of the 1 functions"),
        (BASE + section(6, table([b"\1\0\0\0\0\0\0"])), "index 1 is out of range"),
        (BASE + section(7, table([b"\0\1\0"])), "index 1 is out of range of the 1 functions"),
        (BASE[: -len(FUNCTIONS)] + table([b"\0\1\0\0\0\0"]), "function has no name"),
    ],
)
def test_a_wrong_payload_under_a_right_hash(checker: Checker, payload: bytes, message: str) -> None:
    result = checker.run(checker.write("bad.facts", pack(payload, UNIT, "a.c", "t")))
    assert result.status == 2
    assert message in result.err
    assert (
        "at offset 0; build the object or the facts file again" in result.err
        or "newer" in result.err
    )


def test_an_unknown_optional_section_is_skipped(checker: Checker) -> None:
    blob = pack(BASE + section(200, b"anything"), UNIT, "a.c", "t")
    assert checker.run(checker.write("ok.facts", blob)).status == 0


def test_an_offset_counts_from_the_start_of_the_file(checker: Checker) -> None:
    good = APP.blob()
    bad = header(Unit("b.c").define("f").blob(), content=1)
    result = checker.run(checker.write("bad.facts", good + b"\0\0\0" + bad))
    assert f"at offset {len(good) + 3};" in result.err


@pytest.mark.parametrize("compress", [True, False])
def test_a_blob_cut_at_any_byte_is_never_clean(checker: Checker, compress: bool) -> None:
    blob = APP.blob(compress)
    for size in range(len(blob)):
        result = checker.run(checker.write("cut.facts", blob[:size]))
        assert (result.status, result.out) == (2, ""), size


@pytest.mark.parametrize("compress", [True, False])
def test_a_blob_with_any_byte_changed_is_never_clean(checker: Checker, compress: bool) -> None:
    """Each byte, with one bit and with all bits turned; the kind alone may pass the checks."""
    blob = APP.blob(compress)
    whole = checker.run(checker.write("flip.facts", blob))
    assert whole.status == 1
    for offset in range(len(blob)):
        for mask in (1 << random.Random(offset).randrange(8), 0xFF):
            changed = bytearray(blob)
            changed[offset] ^= mask
            result = checker.run(checker.write("flip.facts", bytes(changed)))
            kind_changed = offset == 11 and result.status == 1
            assert result.status == 2 or result == whole or kind_changed, (offset, mask)


def test_a_missing_file(checker: Checker) -> None:
    result = checker.run("nowhere.elf")
    assert (result.status, result.err) == (
        2,
        "nowhere.elf: error: cannot read it: No such file or directory; check the path\n",
    )


def test_an_object_without_facts(checker: Checker, code: Code) -> None:
    result = checker.check(checker.object("a.o", code("main")))
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("a.o: error: it has no facts; compile with the plugin")


def test_an_archive_without_facts(checker: Checker, code: Code) -> None:
    checker.object("a.o", code("main"))
    checker.tool("ar", "rc", "lib.a", "a.o")
    assert checker.check("lib.a").err.startswith("lib.a: error: it has no facts")


def test_a_thin_archive_whose_member_is_gone(checker: Checker, code: Code) -> None:
    checker.object("a.o", code("main"), APP)
    checker.tool("ar", "rcT", "lib.a", "a.o")
    checker.path("a.o").unlink()
    result = checker.check("lib.a")
    assert result.status == 2
    assert "a.o" in result.err


def test_an_image_without_symbols(checker: Checker, code: Code) -> None:
    checker.image("fw.elf", checker.object("a.o", code("main"), APP))
    checker.tool("strip", "-s", "fw.elf")
    result = checker.check("fw.elf")
    assert result.status == 2
    assert result.err == (
        "fw.elf: error: it has no symbols; give the file as it was before it was stripped\n"
    )


def test_a_foreign_section_of_that_name(checker: Checker, code: Code) -> None:
    checker.object("a.o", code("main"))
    checker.write("text", "not facts")
    checker.tool("objcopy", "--add-section=.weir.facts=text", "a.o")
    assert "not a facts blob" in checker.check("a.o").err


def test_an_image_cut_short(checker: Checker, code: Code) -> None:
    checker.image("fw.elf", checker.object("a.o", code("main"), APP))
    whole = checker.path("fw.elf").read_bytes()
    for size in range(8, len(whole), 97):
        assert checker.run(checker.write("cut.elf", whole[:size])).status == 2, size


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no input is given"),
        (["dump"], "no input is given"),
        (["--polcy", "x", "a.o"], "unknown option '--polcy'"),
        (["a.o", "--policy"], "option '--policy' lacks its value"),
        (["--format", "xml", "a.o"], "unknown format 'xml', known are text, sarif, json, dot"),
        (["--all=x", "a.o"], "option '--all' takes no value"),
        (["explain", "a", "a.o"], "no input is given"),
        (["paths", "a"], "two functions are to be named before the inputs"),
        (["--color=red", "a.o"], "unknown color 'red', known are auto, always, never"),
    ],
)
def test_a_wrong_command_line(checker: Checker, arguments: list[str], message: str) -> None:
    result = checker.run(*arguments)
    assert (result.status, result.err) == (
        2,
        f"weir-check: error: {message}; see weir-check --help\n",
    )


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("[ban\n", "weir.toml:1:5: error: "),
        (
            "[bans]\n",
            "weir.toml:1:2: error: unknown table 'bans'; known are ban, roots",
        ),
        ("[ban]\npreset = []\n", "weir.toml:2:1: error: unknown key 'preset' in [ban]"),
        ("[ban]\npresets = ['c-heep']\n", "weir.toml:2:12: error: unknown preset 'c-heep'"),
        ("[ban]\nfunctions = 'malloc'\n", "weir.toml:2:13: error: 'functions' in [ban] is not an"),
        ("[ban]\nfunctions = [1]\n", "weir.toml:2:14: error: 'functions' in [ban] holds something"),
        ("[init]\nfunctions = ['']\n", "weir.toml:2:14: error: 'functions' in [init] holds"),
        ("ban = 1\n", "weir.toml:1:7: error: 'ban' is not a table; write [ban]"),
        ("[roots]\nfunctions = ['@']\n", "weir.toml:2:14: error: '@' in [roots] lacks the"),
        ("[init]\ncallers = 1\n", "weir.toml:2:11: error: 'callers' in [init] is not an array"),
        (
            "[[allow]]\ncaller = 'a'\ncallee = 'b'\nreason = 'c'\nexpires = '2027-01-01'\n",
            "weir.toml:5:11: error: 'expires' in [[allow]] is not a date; write it without quotes",
        ),
        ("[allow]\ncaller = 'a'\n", "weir.toml:1:1: error: 'allow' is not an array of tables"),
        ("[[allow]]\ncaller = 'a'\ncallee = 'b'\n", "weir.toml:1:1: error: [[allow]] entry lacks"),
        (
            "[[allow]]\ncaller = 'a'\ncallee = 'b'\nreason = ' '\n",
            "weir.toml:4:10: error: 'reason' in [[allow]] is not a string with something in it",
        ),
    ],
)
def test_a_wrong_policy(checker: Checker, policy: str, message: str) -> None:
    result = checker.check(APP, policy=policy)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(message)


def test_a_missing_policy(checker: Checker) -> None:
    result = checker.run("--policy", "nowhere.toml", checker.file(APP))
    assert result.status == 2
    assert result.err.startswith("nowhere.toml: error: cannot read the policy: ")


def test_parts_of_two_machines_are_no_program(checker: Checker) -> None:
    arm = Unit("a.c").define("main").call("main", "helper")
    other = Unit("b.c", triple="x86_64-pc-linux-gnu").define("helper")
    result = checker.check(arm, other)
    assert result.status == 2
    assert "error: unit 'b.c' is for 'x86_64', but unit 'a.c' in " in result.err
    assert checker.check(arm, Unit("b.c", triple="arm-none-eabi").define("helper")).status == 0


def test_gcc_lto_code_has_no_functions_to_look_at(checker: Checker, code: Code) -> None:
    """Such a member defines nothing that its symbol table shows, and would count as empty."""
    app = checker.object("a.o", code("main"), Unit("a.c").define("main"))
    slim = checker.object("slim.o", ".comm __gnu_lto_slim,1,1\n")
    checker.tool("ar", "rc", "mixed.a", app, slim)
    for path, place in (("mixed.a", "member 'slim.o': "), (slim, "")):
        result = checker.check(path)
        assert result.status == 2
        assert f"{path}: error: {place}it holds GCC's LTO code" in result.err


def test_roots_that_are_all_init_are_no_program(checker: Checker, code: Code) -> None:
    app = checker.object("a.o", code("boot"), Unit("a.c").define("boot").call("boot", "malloc"))
    vendor = checker.object("v.o", code("vendor"))
    checker.tool("ar", "rc", "all.a", app, vendor)
    policy = "[roots]\nfunctions = ['boot']\n[init]\nfunctions = ['boot']\n"
    result = checker.check("all.a", policy=policy)
    assert result.status == 2
    assert "it holds no code to start from" in result.err


def test_damage_of_any_kind_has_a_remedy(checker: Checker, code: Code) -> None:
    checker.object("a.o", code("main"), APP)
    checker.tool("ar", "rc", "lib.a", "a.o")
    for name in ("a.o", "lib.a"):
        whole = checker.path(name).read_bytes()
        for size in range(70, len(whole), 131):
            result = checker.run(checker.write("cut", whole[:size]))
            assert (result.status, result.out) == (2, ""), (name, size)
            assert result.err.startswith("cut: error: ")
            assert "; " in result.err, (name, size, result.err)


def test_members_that_are_no_objects_are_told(checker: Checker, code: Code) -> None:
    checker.object("a.o", code("main"), Unit("a.c").define("main"))
    checker.write("notes.txt", "not an object\n")
    checker.tool("ar", "rc", "lib.a", "a.o", "notes.txt")
    result = checker.check("lib.a")
    assert result.status == 0
    assert result.err.splitlines()[0] == (
        "lib.a: warning: member 'notes.txt' is not an ELF object and is passed over"
    )


@pytest.mark.parametrize(
    "command", [(), ("dump",), ("--format", "json"), ("paths", "main", "malloc")]
)
def test_a_report_that_cannot_be_written(checker: Checker, command: tuple[str, ...]) -> None:
    checker.write("a.facts", APP.blob())
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [checker.program, *command, "a.facts"],
            cwd=checker.directory,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert "weir-check: error: cannot write to standard output: " in done.stderr

"""Maps of every linker, and what is none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from linkguard import elf, linkmap, mapgrammar
from linkguard.errors import LinkguardError
from linkguard.linkmap import Piece
from tests.linkguard.toolchains import FIXTURES, NANO, must

GNU = """Discarded input sections

 .text.gone     0x00000000       0x10 a.o

Linker script and memory map

LOAD a.o

.text           0x00000000       0x40
 *(.text)
 .text.short    0x00000000       0x10 a.o
                0x00000000                short
 .text.a_rather_long_function_name
                0x00000010       0x20 /lib/libc.a(m.o)
 *fill*         0x00000030        0x2 00
 .text.x        0x00000034        0x4 dir with blank/b.o

.debug_info     0x00000000       0x20
 .debug_info    0x00000000       0x20 a.o
"""
LLD = """     VMA      LMA     Size Align Out     In      Symbol
   10000    10000       30     4 .text
   10000    10000       10     4         a.o:(.text.f)
   10000    10000       10     1                 f
   10010    10010       20     4         /lib/libc.a(m.o):(.text)
       0        0       20     1 .comment
       0        0       20     1         <internal>:(.comment)
"""


def test_gnu() -> None:
    found = linkmap.parse(GNU.encode(), "x.map").within({".text"})
    assert found.pieces == [
        Piece(0, 0x10, ".text.short", "a.o", ".text"),
        Piece(0x10, 0x20, ".text.a_rather_long_function_name", "/lib/libc.a(m.o)", ".text"),
        Piece(0x34, 4, ".text.x", "dir with blank/b.o", ".text"),
    ]
    assert found.at(0x2F) == found.pieces[1]
    assert found.at(0x31) is None


@pytest.mark.parametrize("stretch", [1, 40, 90])
def test_a_long_section_is_read_bit_by_bit(monkeypatch: pytest.MonkeyPatch, stretch: int) -> None:
    texts = [text.encode() for text in (GNU, LLD, GOLD, MOLD)]
    at_once = [linkmap.parse(text, "x.map").pieces for text in texts]
    monkeypatch.setattr(mapgrammar, "STRETCH", stretch)
    assert [linkmap.parse(text, "x.map").pieces for text in texts] == at_once


def test_pieces_in_any_order_are_found_by_address() -> None:
    swapped = GNU.replace(
        "0x00000000       0x10 a.o\n                0x0", "0x00000050       0x10 a.o\n 0x0"
    )
    found = linkmap.parse(swapped.encode(), "x.map").within({".text"})
    assert [piece.start for piece in found.pieces] == [0x10, 0x34, 0x50]
    assert found.at(0x5F) == found.pieces[2]
    assert found.at(0x2F) == found.pieces[0]


def test_lld() -> None:
    found = linkmap.parse(LLD.encode(), "x.map").within({".text"})
    assert [(p.start, p.section, p.member) for p in found.pieces] == [
        (0x10000, ".text.f", "a.o"),
        (0x10010, ".text", "libc.a(m.o)"),
    ]


@pytest.mark.parametrize(
    ("file", "member", "foreign"),
    [
        ("/usr/lib/libc.a(m.o)", "libc.a(m.o)", True),
        ("build/libapp.a(m.o)", "libapp.a(m.o)", False),
        ("/somewhere/main.o", "main.o", False),
        ("/usr/lib/crt1.o", "crt1.o", True),
        ("src/main.o", "src/main.o", False),
        ("/tmp/ccAbC123.o", "", False),
        ("/tmp/main-33be15.o", "", False),
        ("/tmp/cc1234AB.ltrans0.ltrans.o", "", False),
    ],
)
def test_files_as_a_reader_wants_them(file: str, member: str, foreign: bool) -> None:
    piece = Piece(0, 1, ".text", file)
    assert (piece.member, piece.is_foreign) == (member, foreign)


def test_what_is_no_map(tmp_path: Path) -> None:
    with pytest.raises(LinkguardError, match="not a map of GNU ld, gold, lld or mold"):
        linkmap.parse(b"hello\n", "x.map")
    with pytest.raises(LinkguardError, match="cannot read the map"):
        linkmap.read(tmp_path / "none.map")


GOLD = """
Discarded input sections

 .note.GNU-stack
                0x0000000000000000        0x0 main.o

Memory map

 ** file header
                0x0000000000000000       0x40
.note.gnu.property
                0x0000000000000290       0x20
 ** note header
                0x0000000000000290       0x10
.text           0x0000000000000500      0x100
 .text          0x0000000000000500       0x2b /usr/lib/Scrt1.o
 .text.a_name_that_is_rather_long
                0x0000000000000540       0x10 main.o
 ** fill        0x0000000000000550       0xb0
"""


def test_a_map_of_gold() -> None:
    pieces = linkmap.parse(GOLD.encode(), "x.map").pieces
    assert [(p.start, p.section, p.file, p.output) for p in pieces] == [
        (0x500, ".text", "/usr/lib/Scrt1.o", ".text"),
        (0x540, ".text.a_name_that_is_rather_long", "main.o", ".text"),
    ]


MOLD = """               VMA       Size Align Out     In      Symbol
                 0         64     8 EHDR
            0x15e0        279    16 .text
            0x15e0         34    16         /usr/lib/Scrt1.o:(.text)
            0x15e0          0     0                 _start
            0x1610        185    16         /lib/libc.a(m.o):(.text.f)
            0x1610          0     0                 f(int)::{lambda()#1}::operator():(x)
            0x3948          8     8 .bss
            0x3948          8     8         main.o:(.bss)
"""


def test_a_map_of_mold() -> None:
    pieces = linkmap.parse(MOLD.encode(), "x.map").pieces
    assert [(p.start, p.size, p.section, p.file, p.output) for p in pieces] == [
        (0x15E0, 34, ".text", "/usr/lib/Scrt1.o", ".text"),
        (0x1610, 185, ".text.f", "/lib/libc.a(m.o)", ".text"),
        (0x3948, 8, ".bss", "main.o", ".bss"),
    ]


def test_a_map_that_was_cut_off_before_the_data_is_refused(tmp_path: Path) -> None:
    NANO.require()
    source, image, linked = tmp_path / "a.c", tmp_path / "a.elf", tmp_path / "a.map"
    source.write_text("volatile int data = 3;\nint main(void) { return data; }\n")
    sources = [*(FIXTURES / name for name in NANO.startup), source]
    objects = [NANO.compile(path, tmp_path / f"{path.stem}.o") for path in sources]
    must(*NANO.link_command(objects, image, f"-Wl,-Map={linked}"))
    linkmap.read(linked).must_cover(elf.read(image), linked)
    cut = linked.read_text().partition("\n.data ")[0]
    with pytest.raises(LinkguardError, match=r"x: error: has nothing of section '.data' of"):
        linkmap.parse(cut.encode(), "x").must_cover(elf.read(image), "x")
    # A section that no object has a part of, as mold's merged constants, is listed between others.
    bare = re.sub(r"(\n\.data [^\n]*\n)(?: [^\n]*\n|\n)*", r"\1", linked.read_text())
    linkmap.parse(bare.encode(), "x").must_cover(elf.read(image), "x")
    last = bare[: bare.index("\n.data ") + 40]
    with pytest.raises(LinkguardError, match=r"x: error: has nothing of section '.data' of"):
        linkmap.parse(last.encode(), "x").must_cover(elf.read(image), "x")


def test_many_names_of_one_function_count_each(tmp_path: Path) -> None:
    """A vector table's handlers are weak names of one. Another one is no twentieth for that."""
    source = tmp_path / "a.s"
    aliases = "".join(f".weak h{n}\n.set h{n}, one\n.type h{n}, @function\n" for n in range(80))
    others = "".join(
        f'.section .text.f{n},"ax"\n.globl f{n}\n.type f{n}, @function\nf{n}: ret\n.size f{n}, 1\n'
        for n in range(6)
    )
    start = ".globl _start, one\n.type one, @function\n_start:\none: ret\n.size one, 1\n"
    source.write_text(f"{start}{aliases}{others}")
    image, linked = tmp_path / "a.elf", tmp_path / "a.map"
    must("as", source, "-o", tmp_path / "a.o")
    must("ld", f"-Map={linked}", tmp_path / "a.o", "-o", image)
    lacking = re.sub(r"\n \.text\.f3 *\n?[^\n]*", "", linked.read_text())
    assert lacking != linked.read_text()
    linkmap.parse(lacking.encode(), "x").must_cover(elf.read(image), "x")

"""The graph on demand finds what the whole graph finds, and reads a part of the image for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from linkguard import demand, elf, explanation, linkmap, policy
from linkguard.findings import Report
from linkguard.isa import x86
from linkguard.isa.flow import Flow
from linkguard.isa.x86 import Form
from linkguard.liveness import Image
from linkguard.references import Kind, Reference, Scan, references
from tests.linkguard.toolchains import HOST, HOST_LLD, Toolchain, must, run

SOURCE = """
#include <stdlib.h>
#include <string.h>
void *volatile kept;
int total, limits[4];
__attribute__((noinline)) void *plain(int n) { total += n; return malloc(n + 1); }
__attribute__((noinline)) void *tail(int n) { return calloc(n, 3); }
__attribute__((noinline)) void dies(void) { kept = strdup("x"); abort(); }
__attribute__((noinline)) int either(int n) { if (n > 2) return total; kept = tail(n); return 1; }
__attribute__((noinline)) void open_end(int n)
{
  if (n) { total = 7; return; }
  __builtin_unreachable();
}
void *(*const table[])(int) = { plain, tail };
__attribute__((constructor)) static void before(void)
{
  limits[1] = 0x12345678;
  kept = realloc(kept, 4);
}
static int at_rest(int n) { return n ? at_rest(n - 1) * 2 : 1; }
int main(int count, char **words)
{
  kept = table[count & 1](count);
  open_end(count);
  if (count > 5) dies();
  return either(count) + at_rest(count);
}
"""
OWN = """
typedef unsigned long size;
static char pool[64];
__asm__(".section .text.falls,\\"ax\\",@progbits\\n.type falls,@function\\nfalls: mov %eax, %ecx\\n"
        "add $1, %ecx\\n.size falls, .-falls\\n.text");
void falls(void);
__attribute__((noinline)) static void *malloc(size n)
{
  static size used;
  used += n;
  return pool + used;
}
__attribute__((noinline)) static void *wrapper(size n) { return (char *)malloc(n * 2) + 1; }
void *calloc(size n, size m) { return wrapper(n * m); }
int main(int count, char **words) { falls(); return wrapper(count) != words; }
"""


def _explained(image: Path, linked: Path, whole: bool) -> Report:
    loaded = Image(elf.read(image), linkmap.read(linked))
    rules = policy.load(None)
    assert demand.can_serve(loaded, rules)
    if whole:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(demand, "can_serve", lambda image, policy: False)
            return explanation.explain(loaded, rules)
    return explanation.explain(loaded, rules)


def _linked(toolchain: Toolchain, text: str, directory: Path, *flags: str) -> tuple[Path, Path]:
    toolchain.require()
    source, image, linked = directory / "a.c", directory / "a.elf", directory / "a.map"
    source.write_text(text)
    objects = [toolchain.compile(source, directory / "a.o", "-g", "-fno-builtin", "-w", *flags)]
    must(*toolchain.link_command(objects, image), "-Wl,--emit-relocs", f"-Wl,-Map={linked}")
    return image, linked


@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os"])
@pytest.mark.parametrize("split", ["-ffunction-sections", "-fno-function-sections"])
@pytest.mark.parametrize("toolchain", [HOST, HOST_LLD], ids=lambda t: t.name)
@pytest.mark.parametrize("text", [SOURCE, OWN], ids=["libc", "own"])
def test_the_chains_are_those_of_the_whole_graph(
    toolchain: Toolchain, text: str, split: str, level: str, tmp_path: Path
) -> None:
    image, linked = _linked(toolchain, text, tmp_path, split, level)
    quick = _explained(image, linked, whole=False)
    assert quick.findings
    assert quick == _explained(image, linked, whole=True)


@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os"])
@pytest.mark.parametrize("split", ["-ffunction-sections", "-fno-function-sections"])
@pytest.mark.parametrize("text", [SOURCE, OWN], ids=["libc", "own"])
def test_relocations_say_what_decoding_says(
    text: str, split: str, level: str, tmp_path: Path
) -> None:
    image, linked = _linked(HOST, text, tmp_path, split, level)
    loaded = Image(elf.read(image), linkmap.read(linked))
    layout, graph = loaded.layout, demand.Demand(loaded, policy.load(None))
    decoded: dict[int, list[Reference]] = {}
    for reference in references(layout):
        if reference.kind not in (Kind.SITE, Kind.UNKNOWN):
            decoded.setdefault(reference.source, []).append(reference)
    undecoded = 0
    for number, entity in enumerate(layout.entities):
        found = [r for r in graph.references(number) if r.kind not in (Kind.SITE, Kind.UNKNOWN)]
        assert found == decoded.get(number, []), entity.name
        if graph._is_alone(entity) and Scan(layout)._undecoded(number, entity):
            undecoded += 1
    assert undecoded or split == "-fno-function-sections"


@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os"])
@pytest.mark.parametrize("text", [SOURCE, OWN], ids=["libc", "own"])
def test_what_is_not_decoded_may_refer_to_all_that_it_does(
    text: str, level: str, tmp_path: Path
) -> None:
    image, linked = _linked(HOST, text, tmp_path, "-fno-function-sections", level)
    loaded = Image(elf.read(image), linkmap.read(linked))
    graph = demand.Demand(loaded, policy.load(None))
    untold = 0
    for number, entity in enumerate(loaded.layout.entities):
        related = entity.section in loaded.elf.relocation_sections
        if entity.is_code and related and graph.scan.told(number) is None:
            untold += 1
            possible = {edge.target for edge in graph._possible(number)}
            referred = {r.target for r in graph.references(number)} - {-1, number}
            assert referred <= possible, entity.name
    assert untold > 5


def test_start_up_files_alone_load_no_disassembler(tmp_path: Path) -> None:
    text = "void *malloc(unsigned long); void *volatile kept; int main(void) { kept = malloc(4); }"
    image, linked = _linked(HOST, text, tmp_path, "-ffunction-sections", "-O0")
    code = (
        "import sys; from linkguard.cli import main\n"
        f"status = main(['explain', {str(image)!r}, '--map', {str(linked)!r}])\n"
        "print(status, 'capstone' in sys.modules, file=sys.stderr)\n"
    )
    root = str(Path(demand.__file__).parents[1])
    done = run("env", f"PYTHONPATH={root}", sys.executable, "-c", code)
    assert "'malloc' survives" in done.stdout
    assert done.stderr == "1 False\n"


@pytest.mark.parametrize(
    ("code", "type", "addend", "form"),
    [
        ("90 90 e8 00000000", 4, -4, (Form.CALL, 1)),
        ("90 90 e9 00000000", 4, -4, (Form.JUMP, 1)),
        ("90 0f 84 00000000", 2, -4, (Form.JUMP, 2)),
        ("48 8d 3d 00000000", 2, -4, (Form.ADDRESS, 0)),
        ("90 8b 05 00000000", 2, 12, (Form.ADDRESS, 0)),
        ("90 c7 05 00000000 78563412", 2, 12, x86.UNCLEAR),  # the immediate shifts the end
        ("90 ff 15 00000000", 41, -4, (Form.CALL, 2)),
        ("90 ff 15 00000000", 2, -4, x86.UNCLEAR),  # through a table of the program's own
        ("90 67 e8 00000000", 41, -4, x86.UNCLEAR),  # a prefix: the call begins before it
        ("f2 0f 85 00000000", 2, -4, x86.UNCLEAR),
        ("90 90 bf 00000000", 10, 0, (Form.ADDRESS, 0)),
        ("90 90 e8 00000000", 19, -4, x86.UNCLEAR),
    ],
)
def test_the_form_of_an_instruction(
    code: str, type: int, addend: int, form: tuple[Form, int]
) -> None:
    data = bytes.fromhex(code)
    assert x86.form_of(data, 3, type, addend) == form
    events = x86.decode(data, 0).events
    if form[0] in (Form.CALL, Form.JUMP):
        assert events[-1].address == 3 - form[1]
        assert (events[-1].flow in (Flow.CALL, Flow.INDIRECT_CALL)) == (form[0] == Form.CALL)


@pytest.mark.parametrize(
    ("code", "relocated", "sure"),
    [
        ("31c0 90 5d c3", -4, True),
        ("90 e8 00000000 c9 c3", 2, True),
        ("90 e8 00000000 c3", 2, True),
        ("90 ff15 00000000 f4", 3, True),
        ("90 e9 00000000", 2, True),
        ("90 90 90 0f 0b", -4, True),
        ("90 8b05 00000000", 3, False),
        ("90 8b05 000000c3", 3, False),  # the end of a relocated place
        ("90 90 90 89 c3", -4, False),  # mov %eax, %ebx
        ("90 90 8b 45 f4", -4, False),  # mov -12(%rbp), %eax
        ("90 90 90 31 c0", -4, False),
    ],
)
def test_an_end_is_sure_when_its_last_byte_is_no_operand(
    code: str, relocated: int, sure: bool
) -> None:
    assert x86.surely_ends(bytes.fromhex(code), relocated) == sure
    if sure:
        assert not x86.decode(bytes.fromhex(code), 0).falls_through or "e8" in code


ROM = """
void *malloc(unsigned long);
void *user(void) { return malloc(1); }
void *(*volatile through)(void) = user;
void _start(void) { through(); user(); for (;;) ; }
"""
ROM_SCRIPT = """
SECTIONS {
  "my code" 0x10000 : { *(.text*) malloc = . %s 0x8000; }
  .data : { *(.data*) }
  /DISCARD/ : { *(.comment .note* .eh_frame) }
}
"""


@pytest.mark.parametrize("where", ["-", "+"])
def test_a_function_that_a_script_puts_outside_its_section_is_called(
    tmp_path: Path, where: str
) -> None:
    """Where it is, nothing is: a function in ROM. The section's name has a blank besides."""
    source, script = tmp_path / "rom.c", tmp_path / "rom.ld"
    source.write_text(ROM)
    script.write_text(ROM_SCRIPT % where)
    image, linked = tmp_path / "rom.elf", tmp_path / "rom.map"
    HOST.compile(source, tmp_path / "rom.o", "-fno-pic", "-fno-pie")
    options = ["--emit-relocs", "-e", "_start", "-T", script, f"-Map={linked}"]
    must("ld", *options, tmp_path / "rom.o", "-o", image)
    loaded = Image(elf.read(image), linkmap.read(linked))
    rules = policy.load(None)
    for every_way in (False, True):
        (finding,) = explanation.explain(loaded, rules, every_way).findings
        assert finding.text == "'malloc' survives: called by 'user'"
    said = run(sys.executable, "-m", "linkguard", "explain", image, "--map", linked)
    assert (said.returncode, said.stderr) == (1, "")

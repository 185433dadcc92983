"""Allocators that were inlined away, found in the debug information only."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkguard import dwarf, elf, policy
from linkguard.verification import verify
from tests.linkguard.toolchains import FIXTURES, HOST, HOST_LLD, NANO, Toolchain, must

INLINED = """
static char pool[64];
void *volatile kept;
static inline __attribute__((always_inline)) void *malloc(unsigned long n)
{
	static volatile unsigned long used;
	used += n;
	return pool + used;
}
static void *unused(void) { return malloc(8); }
void *collected(void) { return malloc(12); }
int main(void)
{
	kept = malloc(4);
	return 0;
}
"""


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("toolchain", [NANO, HOST, HOST_LLD], ids=lambda t: t.name)
def test_an_inlined_allocator_is_found_where_it_went(
    toolchain: Toolchain, version: int, tmp_path: Path
) -> None:
    toolchain.require()
    source = tmp_path / "inlined.c"
    source.write_text(INLINED)
    flags = ("-O2", f"-gdwarf-{version}", "-fno-builtin")
    objects = [toolchain.compile(FIXTURES / s, tmp_path / "s.o") for s in toolchain.startup]
    objects.append(toolchain.compile(source, tmp_path / "i.o", *flags))
    image = tmp_path / "a.elf"
    must(*toolchain.link_command(objects, image))
    assert "malloc" not in {name for _, name in toolchain.names(image)}
    found = dwarf.inlined_instances(elf.read(image), policy.load(None))
    assert [(i.function, i.caller, i.location.line) for i in found] == [("malloc", "main", 14)]
    (finding,) = verify(elf.read(image), policy.load(None)).findings
    assert finding.text == "'malloc' survives: it was inlined into 'main'"


def test_a_name_in_the_strings_is_not_an_instance(tmp_path: Path) -> None:
    HOST.require()
    source = tmp_path / "quiet.c"
    source.write_text("struct s { int malloc; } s;\nint main(void) { return s.malloc; }\n")
    image = tmp_path / "a.elf"
    must(*HOST.link_command([HOST.compile(source, tmp_path / "q.o", "-O2")], image))
    assert dwarf.inlined_instances(elf.read(image), policy.load(None)) == []

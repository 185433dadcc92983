"""Edges of hand-written assembly, where every one is known."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from linkguard import elf
from linkguard.code import Layout
from linkguard.references import Kind, references
from tests.linkguard.toolchains import HOST, NANO, RISCV, Toolchain, must, need

THUMB = """
    .syntax unified
    .cpu cortex-m3
    .thumb
    .text
    .type local_callee, %function
local_callee:
    bx lr
    .size local_callee, . - local_callee
    .globl near_caller
    .type near_caller, %function
near_caller:
    push {lr}
    bl local_callee
    pop {pc}
    .size near_caller, . - near_caller
    .globl tail_caller
    .type tail_caller, %function
tail_caller:
    b.n local_callee
    .size tail_caller, . - tail_caller
    .globl far_caller
    .type far_caller, %function
far_caller:
    b.w outside
    .size far_caller, . - far_caller
    .globl pool_user
    .type pool_user, %function
pool_user:
    ldr r0, =outside_callback
    bx lr
    .ltorg
    .size pool_user, . - pool_user
    .globl move_user
    .type move_user, %function
move_user:
    movw r0, #:lower16:outside_callback
    movt r0, #:upper16:outside_callback
    blx r1
    bx lr
    .size move_user, . - move_user
    .globl adr_user
    .type adr_user, %function
adr_user:
    adr r0, unsized
    bx lr
    .size adr_user, . - adr_user
    .p2align 2
    .globl unsized
    .type unsized, %function
unsized:
    nop
    .globl after_unsized
    .type after_unsized, %function
after_unsized:
    bl outside
    bx lr
    .size after_unsized, . - after_unsized
    .globl switcher
    .type switcher, %function
switcher:
    adr r3, table
    ldr.w pc, [r3, r0, lsl #2]
    .p2align 2
table:
    .word here + 1
here:
    bx lr
    .size switcher, . - switcher
    .section .data.hooks, "aw"
    .globl hooks
    .type hooks, %object
hooks:
    .word near_caller
    .word outside_callback
    .size hooks, . - hooks
"""


def edges(toolchain: Toolchain, text: str, tmp_path: Path) -> set[tuple[str, str, str, bool]]:
    toolchain.require()
    source = tmp_path / "a.s"
    source.write_text(text)
    output = tmp_path / "a.o"
    must(toolchain.compiler, *toolchain.flags, "-c", source, "-o", output)
    layout = Layout(elf.read(output))
    return {
        (
            layout.entities[r.source].name,
            r.kind.name,
            layout.entities[r.target].name if r.target >= 0 else r.symbol,
            r.inferred,
        )
        for r in references(layout)
    }


def test_thumb(tmp_path: Path) -> None:
    assert edges(NANO, THUMB, tmp_path) == {
        ("near_caller", "CALL", "local_callee", True),
        ("tail_caller", "JUMP", "local_callee", True),
        ("far_caller", "JUMP", "outside", False),
        ("pool_user", "ADDRESS", "outside_callback", False),
        ("move_user", "ADDRESS", "outside_callback", False),
        ("move_user", "SITE", "", False),
        ("adr_user", "ADDRESS", "unsized", True),
        ("unsized", "JUMP", "after_unsized", True),
        ("after_unsized", "CALL", "outside", False),
        ("hooks", "ADDRESS", "near_caller", False),
        ("hooks", "ADDRESS", "outside_callback", False),
    }


def test_thumb_data_in_code_is_not_decoded(tmp_path: Path) -> None:
    text = """
    .syntax unified
    .thumb
    .type target, %function
target:
    bx lr
    .size target, . - target
    .type holder, %function
holder:
    bx lr
    .p2align 2
    .word 0xfff8f7ff
    .size holder, . - holder
"""
    assert edges(NANO, text, tmp_path) == set()


def test_arm_and_thumb_in_one_file(tmp_path: Path) -> None:
    text = """
    .syntax unified
    .arch armv7-a
    .arm
    .type a, %function
a:  bl t
    bx lr
    .size a, . - a
    .thumb
    .type t, %function
t:  b.w a
    .size t, . - t
"""
    found = edges(
        Toolchain("a", compiler=NANO.compiler, flags=(), binutils=NANO.binutils), text, tmp_path
    )
    assert {(s, t) for s, _, t, _ in found} == {("a", "t"), ("t", "a")}


def test_riscv_with_and_without_relaxation(tmp_path: Path) -> None:
    body = """
    .text
    .globl callee
    .type callee, @function
callee: ret
    .size callee, . - callee
    .globl caller
    .type caller, @function
caller:
    addi sp, sp, -16
    call callee
    call outside
    la a0, callback
    jalr a5
    tail other
    .size caller, . - caller
    .section .data
    .globl hooks
    .type hooks, @object
hooks: .word callback
    .size hooks, . - hooks
"""
    expected = {
        ("caller", "CALL", "callee"),
        ("caller", "CALL", "outside"),
        ("caller", "ADDRESS", "callback"),
        ("caller", "SITE", ""),
        ("caller", "JUMP", "other"),
        ("hooks", "ADDRESS", "callback"),
    }
    for option in ("relax", "norelax"):
        found = edges(RISCV, f"    .option {option}\n{body}", tmp_path)
        assert {row[:3] for row in found} == expected


def test_x86_64(tmp_path: Path) -> None:
    text = """
    .text
    .type callee, @function
callee: ret
    .size callee, . - callee
    .globl caller
    .type caller, @function
caller:
    call callee
    call outside@PLT
    call *slot@GOTPCREL(%rip)
    lea callee(%rip), %rdi
    lea callback(%rip), %rsi
    cmpb $0, last(%rip)
    call *(%rax)
    notrack jmp *%rdx
    .size caller, . - caller
    .data
    .globl first
    .type first, @object
first: .quad callback
    .size first, . - first
    .type last, @object
last: .quad 0
    .size last, . - last
"""
    assert {row[:3] for row in edges(HOST, text, tmp_path)} == {
        ("caller", "CALL", "callee"),
        ("caller", "CALL", "outside"),
        ("caller", "CALL", "slot"),
        ("caller", "ADDRESS", "callee"),
        ("caller", "ADDRESS", "callback"),
        ("caller", "ADDRESS", "last"),
        ("caller", "SITE", ""),
        ("first", "ADDRESS", "callback"),
    }


@pytest.mark.parametrize("toolchain", [NANO, RISCV, HOST], ids=lambda t: t.name)
def test_a_switch_is_no_indirect_call(toolchain: Toolchain, tmp_path: Path) -> None:
    toolchain.require()
    cases = "\n".join(f"case {n}: return g{n}();" for n in range(12))
    declarations = "\n".join(f"int g{n}(void);" for n in range(12))
    source = tmp_path / "s.c"
    source.write_text(f"{declarations}\nint f(int n) {{ switch (n) {{ {cases} }} return 0; }}\n")
    layout = Layout(elf.read(toolchain.compile(source, tmp_path / "s.o", "-Os")))
    found = references(layout)
    assert [r for r in found if r.kind in (Kind.SITE, Kind.UNKNOWN)] == []
    assert {r.symbol for r in found if r.kind in (Kind.JUMP, Kind.CALL)} == {
        f"g{n}" for n in range(12)
    }


@pytest.mark.parametrize("toolchain", [NANO, RISCV, HOST], ids=lambda t: t.name)
def test_a_pointer_call_is_an_indirect_site(toolchain: Toolchain, tmp_path: Path) -> None:
    toolchain.require()
    source = tmp_path / "p.c"
    source.write_text(
        "struct h { void *(*a)(int); int b; } h;\n"
        "void *call(int n) { void *p = h.a(n); h.b++; return p; }\n"
        "void *tail(int n) { return h.a(n); }\n"
    )
    layout = Layout(elf.read(toolchain.compile(source, tmp_path / "p.o", "-Os")))
    sites = [layout.entities[r.source].name for r in references(layout) if r.kind == Kind.SITE]
    assert sorted(sites) == ["call", "tail"]


@pytest.mark.parametrize(("arch", "sites"), [("rv32imac_zcmt", 1), ("rv32imacd", 0)])
def test_a_jump_table_of_riscv_is_a_site_where_the_core_has_one(
    tmp_path: Path, arch: str, sites: int
) -> None:
    """cm.jalt 32 and c.fsdsp fs0, 256(sp) share an encoding; the attributes tell them apart."""
    clang = os.environ.get("WEIR_CLANG", "clang-22")
    need(clang)
    source = tmp_path / "jump.s"
    source.write_text(".globl f\n.type f, @function\nf:\n.insn 2, 0xa082\nret\n.size f, . - f\n")
    abi = "ilp32d" if arch.endswith("d") else "ilp32"
    command = (clang, "--target=riscv32", f"-march={arch}", f"-mabi={abi}", "-c", source)
    must(*command, "-o", tmp_path / "jump.o")
    found = references(Layout(elf.read(tmp_path / "jump.o")))
    assert len([r for r in found if r.kind == Kind.SITE]) == sites

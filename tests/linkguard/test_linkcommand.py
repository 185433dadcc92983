"""Linker command lines: what they say, and how they are changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkguard.errors import LinkguardError
from linkguard.linkcommand import LinkCommand, is_linker


def of(text: str) -> LinkCommand:
    return LinkCommand.of(text.split())


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("a.o -o x", True),
        ("a.o", True),
        ("--version", False),
        ("-v", False),
        ("-r a.o -o b.o", False),
        ("-v a.o -o x", True),
        ("-v a.o", True),
        ("--verbose a.o", True),
        ("-lapp -ox", True),
        ("-V", False),
    ],
)
def test_which_commands_make_an_image(text: str, image: bool) -> None:
    assert of(text).makes_image == image


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("a.o -o x", "x"),
        ("a.o -ox", "x"),
        ("--output=x a.o", "x"),
        ("--output x", "x"),
        ("", "a.out"),
    ],
)
def test_the_output(text: str, output: str) -> None:
    command = of(text)
    assert command.output == Path(output)
    again = command.with_output(Path("y"))
    assert again.output == Path("y") and "x" not in again.arguments


def test_the_link_to_explain() -> None:
    text = "-Map=m -Map m --cref -s --fatal-warnings a.o --wrap=malloc -T own.ld -Ttext=4 -o x"
    found = of(text).to_explain(Path("i"), Path("n")).arguments
    assert " ".join(found) == (
        "a.o --wrap=malloc -T own.ld -Ttext=4 "
        "--unresolved-symbols=ignore-all --noinhibit-exec --emit-relocs -Map=n -o i"
    )


@pytest.mark.parametrize("form", ["-T {}", "-T{}", "--script={}", "--script {}"])
def test_the_guard_script_goes_first_or_away(form: str, guard: Path) -> None:
    script = guard / "linkguard.ld"
    command = of(f"-Town.ld a.o {form.format(script)} -o x")
    first = command.with_guard_first().arguments
    assert first == ("-T", str(script), "-Town.ld", "a.o", "-o", "x")
    assert str(script) not in " ".join(command.to_explain(Path("i"), Path("n")).arguments)


def test_response_files(tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    inner.write_text('-o "a b"')
    outer.write_text(f"x.o @{inner}")
    assert LinkCommand.of([f"@{outer}", "@none"]).arguments == ("x.o", "-o", "a b", "@none")
    outer.write_text('"')
    with pytest.raises(LinkguardError, match="cannot read the response file"):
        LinkCommand.of([f"@{outer}"])


@pytest.mark.parametrize(
    ("name", "linker"),
    [
        ("ld", True),
        ("/usr/bin/arm-none-eabi-ld", True),
        ("ld.lld-22", True),
        ("ld.bfd", True),
        ("mold", True),
        ("arm-none-eabi-gcc", False),
        ("clang", False),
        ("build", False),
    ],
)
def test_linkers_by_name(name: str, linker: bool) -> None:
    assert is_linker(name) == linker


@pytest.mark.parametrize("option", ["-s", "--strip-all", "-S", "--strip-debug", "-x", "-X"])
def test_every_option_that_drops_symbols_is_known(option: str) -> None:
    """A local or inlined function is seen only with all symbols and debug information."""
    command = of(f"{option} a.o -o x")
    assert command.strips_symbols
    assert option not in command.with_symbols().arguments


def test_a_list_of_symbols_to_retain_drops_the_others() -> None:
    command = of("--retain-symbols-file=keep.txt a.o -o x")
    assert command.strips_symbols
    assert command.with_symbols().arguments == ("a.o", "-o", "x")

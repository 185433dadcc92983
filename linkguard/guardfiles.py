"""The files that carry the guard into a link, all generated from one set of bans.

`--wrap=SYM` turns every reference to SYM into one to `__wrap_SYM`, which nobody defines. The
script discards the definition itself, for callers in the object that defines it, where no
reference is left to rename.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template
from typing import NamedTuple

from linkguard import archive, definedmark, elf
from linkguard.elf import STB_LOCAL, Elf
from linkguard.errors import LinkguardError
from linkguard.exemption import exemptions_in
from linkguard.policy import NameSet, Policy

SCRIPT, RESPONSE, SPECS, CONFIG = (
    "linkguard.ld",
    "linkguard.rsp",
    "linkguard.specs",
    "linkguard.cfg",
)
GATE_FILES = {"linkguard_gate.h": "gate.h", "linkguard_gate.c": "gate.c"}
SECTIONS_SCRIPT = "linkguard-sections.ld"
SCRIPT_MARK = b"/* linkguard:"
# Where compilers put a function that has a section of its own.
SECTION_PREFIXES = (".text.", ".text.unlikely.", ".text.hot.", ".text.startup.", ".text.exit.")
# Members of C libraries that hold an allocator in a section with no name of its own.
LIBRARIES = ("*libc.a", "*libc_nano.a", "*libg.a", "*libg_nano.a")
ALLOCATORS = ("malloc", "calloc", "realloc", "memalign", "aligned_alloc", "valloc")


class Guard(NamedTuple):
    """What goes into the linker: names to wrap, and whether a script can be added."""

    wrapped: tuple[str, ...]
    unwrapped_globs: tuple[str, ...]
    patterns: tuple[str, ...]
    marked: tuple[str, ...] = ()  # those of which the script says whether the link defines them
    gate: bool = False  # the sources of the sealed gate are wanted


def guard_of(policy: Policy, inputs: Sequence[Path] = (), script: bool = True) -> Guard:
    """The guard for a policy; globs are expanded against the symbols of `inputs`.

    A policy with exceptions leaves the linker nothing to refuse, since it cannot tell callers
    apart: the verdict is then `linkguard verify`'s and `explain`'s alone. The gate is no such
    exception, but the script would discard the definition that it needs.
    """
    if not policy.linker_can_refuse:
        return Guard((), (), (), gate=policy.has_gate)
    script = script and not policy.has_gate and not any(map(_is_exempted, inputs))
    exact = sorted(policy.ban.exact)
    globs = policy.ban.globs
    matched = sorted(_matching(globs, inputs) - policy.ban.exact) if inputs else []
    return Guard(
        wrapped=(*exact, *matched),
        unwrapped_globs=() if inputs else globs,
        patterns=tuple(_patterns(exact, globs)) if script else (),
        marked=tuple(exact) if script else (),
        gate=policy.has_gate,
    )


def generate_scripts(guard: Guard, directory: Path, section: str = ".text") -> dict[Path, str]:
    """The linker scripts alone: one for `-T` before another, one to include within SECTIONS."""
    if not re.fullmatch(r"\.?[\w.$-]+", section):
        raise LinkguardError(section, "not a section's name: give the output section of your code")
    if not guard.patterns:
        raise LinkguardError(
            "flags",
            "a script refuses every caller alike, and this policy lets some through: use the flags",
        )
    patterns = "\n".join(f"    {pattern}" for pattern in guard.patterns)
    marks = "\n".join(f"  {line}" for line in definedmark.assignments(guard.marked))
    return {
        directory / SCRIPT: _fill(
            "linkguard.ld.in", patterns=patterns, marks=marks, section=section
        ),
        directory / SECTIONS_SCRIPT: _fill("linkguard-sections.ld.in", patterns=patterns),
    }


def generate(guard: Guard, directory: Path, section: str = ".text") -> dict[Path, str]:
    """The files for a guard, by path. `directory` is written into them as given."""
    options = ["--gc-sections", *(f"--wrap={name}" for name in guard.wrapped)]
    script = directory / SCRIPT
    driver = [f"-Wl,{option}" for option in options]
    linker = list(options)
    found: dict[Path, str] = {}
    if guard.gate:
        for name, source in GATE_FILES.items():
            found[directory / name] = _read(source)
    if guard.patterns:
        driver += ["-Xlinker", "-T", "-Xlinker", _quoted(script)]
        linker += ["-T", _quoted(script)]
        found[script] = generate_scripts(guard, directory, section)[script]
    found[directory / RESPONSE] = "".join(f"{option}\n" for option in driver)
    found[directory / CONFIG] = found[directory / RESPONSE]
    found[directory / SPECS] = _fill("linkguard.specs.in", options=" ".join(linker))
    return found


def _patterns(exact: Iterable[str], globs: Iterable[str]) -> Iterable[str]:
    names = list(exact)
    for name in [*names, *globs]:
        for prefix in SECTION_PREFIXES:  # and clones: malloc.constprop.0
            yield f"*({prefix}{name} {prefix}{name}.*)"
    for stem in ALLOCATORS:
        if stem in names:
            for library in LIBRARIES:
                yield f"{library}:*{stem}*.o(.text)"


def _matching(globs: Iterable[str], inputs: Iterable[Path]) -> set[str]:
    """The global symbols of objects and archives that a glob names."""
    names = NameSet(globs)
    found: set[str] = set()
    for path in inputs:
        for file in _objects(path):
            for symbol in file.symbols:
                if symbol.bind != STB_LOCAL and symbol.name in names:
                    found.add(symbol.name)
    return found


def _is_exempted(path: Path) -> bool:
    """Whether an input may use a definition that the script would discard."""
    return any(exemptions_in(file) for file in _objects(path))


def _objects(path: Path) -> Iterable[Elf]:
    data = elf.read_file(path)
    if not archive.is_archive(data):
        yield Elf(data, str(path))
        return
    for member in archive.members(data, path):
        if elf.is_elf(member.data):
            yield Elf(member.data, f"{path}({member.name})")


def _quoted(path: Path) -> str:
    text = path.as_posix()
    if re.search(r"[\s\"'\\]", text):
        raise LinkguardError(
            path, "a directory with blanks or quotes cannot be named in specs, choose another"
        )
    return text


def _fill(name: str, **values: str) -> str:
    return Template(_read(name)).substitute(values)


def _read(name: str) -> str:
    return (Path(__file__).parent / "guard" / name).read_text("utf-8")


def is_guard_script(path: Path) -> bool:
    """Whether a linker script is one that was generated here."""
    try:
        with path.open("rb") as file:
            return file.read(len(SCRIPT_MARK)) == SCRIPT_MARK
    except OSError:
        return False

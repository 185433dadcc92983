"""Builds a corpus with the plugin: as a firmware, which is judged, or for the host, to be run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.checker.plugin.elfsame import differences

from .corpus import PROGRAMS, Corpus

ROOT = Path(__file__).parents[2]
PICOLIBC = Path("/usr/lib/picolibc/arm-none-eabi")
ARM = ("-mcpu=cortex-m3", "-mthumb")


class CorpusError(Exception):
    """A corpus could not be built or run."""


def run(command: Sequence[str | Path], cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        words = " ".join(map(str, command))
        raise CorpusError(f"'{words}' ended with {done.returncode}:\n{done.stderr or done.stdout}")
    return done.stdout


@dataclass(frozen=True)
class Tools:
    """What is under test: the clang and the build of the checker."""

    clang: str
    checker: Path
    python: str = sys.executable

    @property
    def plugin(self) -> Path:
        return self.checker / "checker" / "plugin" / "weir.so"

    @property
    def weir_check(self) -> Path:
        return self.checker / "checker" / "solver" / "weir-check"

    @property
    def listing(self) -> Path:
        return self.checker / "tests" / "checker" / "weir_graph_listing"

    @classmethod
    def from_environment(cls) -> Tools:
        return cls(os.environ["WEIR_CLANG"], Path(os.environ["WEIR_BUILD_DIR"]).absolute())


@dataclass(frozen=True)
class Target:
    """Where a corpus is compiled for; `libraries` are the archives whose facts are needed."""

    name: str
    compile: tuple[str, ...]
    link: tuple[str | Path, ...]
    link_options: tuple[str, ...]
    libraries: tuple[Path, ...]
    sources: tuple[Path, ...] = ()


def firmware() -> Target:
    """A Cortex-M3 with picolibc: the sections that nobody needs are dropped, as firmware does."""
    driver = ("arm-none-eabi-gcc", *ARM)
    directory = PICOLIBC / "lib" / run([*driver, "-print-multi-directory"]).strip()
    libgcc = Path(run([*driver, "-print-libgcc-file-name"]).strip())
    include = str(PICOLIBC / "include")
    memory = "__flash=0,--defsym=__flash_size=0x400000,--defsym=__ram=0x20000000"
    return Target(
        "firmware",
        (
            *("--target=arm-none-eabi", *ARM, "-Os", "-fshort-enums", "-isystem", include),
            *("-ffunction-sections", "-fdata-sections", "-DON_NO_SYSTEM", "-DSQLITE_OS_OTHER=1"),
        ),
        driver,
        (
            *("--specs=picolibc.specs", "--oslib=semihost", "-nostartfiles", "-Wl,--gc-sections"),
            f"-Wl,--defsym={memory},--defsym=__ram_size=0x1000000",
        ),
        (directory / "libc.a", directory / "libsemihost.a", libgcc.resolve()),
        (PROGRAMS / "start.c",),
    )


def archives(path: Path) -> list[Path]:
    """An archive, or those that a linker script in its place names."""
    content = path.read_bytes()
    if content.startswith(b"!<arch>"):
        return [path]
    return [Path(word) for word in content.decode().split() if word.endswith(".a")]


def host(tools: Tools) -> Target:
    """This machine, all in one image, and no call inlined away: what runs is what was written."""
    found = [
        run([tools.clang, f"-print-file-name={name}"]).strip() for name in ("libc.a", "libm.a")
    ]
    libraries = tuple(part for path in map(Path, found) for part in archives(path))
    return Target("host", ("-O0", "-gdwarf-4"), (tools.clang,), ("-static", "-lm"), libraries)


def library_facts(tools: Tools, target: Target, build: Path) -> Path:
    facts = build / "corpora" / f"{target.name}.facts"
    cache = build / "corpora" / "cache"
    facts.parent.mkdir(parents=True, exist_ok=True)
    summarize = [tools.python, "-m", "linkguard", "summarize", *map(str, target.libraries)]
    run([*summarize, "--output", str(facts), "--cache", str(cache)])
    return facts


def compile_unit(
    tools: Tools, source: Path, flags: Sequence[str], output: Path, *, plugin: bool = True
) -> None:
    load = [f"-fplugin={tools.plugin}", f"-fpass-plugin={tools.plugin}"] if plugin else []
    run([tools.clang, *load, *flags, "-w", "-c", source, "-o", output])


def directory_of(build: Path, corpus: str, variant: str, target: Target) -> Path:
    return build / "corpora" / f"{corpus}-{variant}-{target.name}"


def build_image(tools: Tools, corpus: Corpus, variant: str, target: Target, build: Path) -> Path:
    """The linked program of a corpus."""
    directory = directory_of(build, corpus.name, variant, target)
    objects = compile_all(tools, corpus, variant, target, build, directory)
    image = directory / f"{corpus.name}.elf"
    run([*target.link, *objects, "-o", image, *target.link_options])
    return image


def compile_all(
    tools: Tools,
    corpus: Corpus,
    variant: str,
    target: Target,
    build: Path,
    directory: Path,
    *,
    plugin: bool = True,
) -> list[Path]:
    """The objects of a corpus; each has a number, since the package and we may agree on a name."""
    directory.mkdir(parents=True, exist_ok=True)
    flags = [*target.compile, *corpus.compile_flags(build, variant)]
    units = [*corpus.units(build, variant), *target.sources]
    write_commands(tools, units, flags, directory)
    outputs = [directory / f"{number}-{unit.stem}.o" for number, unit in enumerate(units)]

    def one(pair: tuple[Path, Path]) -> None:
        compile_unit(tools, pair[0], flags, pair[1], plugin=plugin)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, zip(units, outputs, strict=True)))
    return outputs


def write_commands(
    tools: Tools, units: Sequence[Path], flags: Sequence[str], directory: Path
) -> None:
    """compile_commands.json, as a build system would write it."""
    command = [tools.clang, *flags, "-w", "-c"]
    entries = [
        {"directory": str(ROOT), "file": str(unit), "arguments": [*command, str(unit)]}
        for unit in units
    ]
    (directory / "compile_commands.json").write_text(json.dumps(entries))


def changed_units(
    tools: Tools, corpus: Corpus, variant: str, target: Target, build: Path
) -> tuple[int, list[str]]:
    """How many units there are, and those whose code the plugin changed."""
    directory = build / "corpora" / f"{corpus.name}-{variant}-{target.name}"
    plain, built = (
        compile_all(tools, corpus, variant, target, build, place, plugin=plugin)
        for place, plugin in ((directory / "plain", False), (directory / "built", True))
    )
    pairs = zip(plain, built, strict=True)
    return len(plain), [two.name for one, two in pairs if differences(one, two)]

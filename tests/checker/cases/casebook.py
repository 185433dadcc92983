"""The cases: what each is about, what breaks it, how it is compiled and judged.

A case is a folder. Its sources are compiled with FAIL=1 or FAIL=0. The comment that begins `app.c`
or `app.cpp` says what the case is about and which rule its failing form breaks, a regular
expression; `(known miss)` and `(known alarm)` say that a form is not judged rightly yet. Beside
them: `weir.toml`, a policy, if the case needs one; `flags` for the compiler, which replace the
usual target's if they name one; `libc`, when the program is linked with the C library, whose facts
are given too.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CASES = Path(__file__).parent
REPOSITORY = Path(__file__).parents[3]
TARGET = ("--target=thumbv7m-none-eabi", "-mcpu=cortex-m3", "-fno-exceptions")
LINK = (
    *("arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "--specs=picolibc.specs"),
    *("--oslib=semihost", "-nostartfiles", "-Wl,--gc-sections,--entry=main"),
    "-Wl,--defsym=__flash=0,--defsym=__flash_size=0x400000",
    "-Wl,--defsym=__ram=0x20000000,--defsym=__ram_size=0x400000",
)
PICOLIBC = Path("/usr/lib/picolibc/arm-none-eabi/lib")
ABOUT = re.compile(
    r"must fail: (?P<rule>weir-[][a-z()|+-]+)(?: \(kcfi: (?P<kcfi>weir-[a-z-]+)\))?"
    r"(?: \(known (?P<known>miss|alarm)\))?"
)


def uses_kcfi() -> bool:
    """Before LLVM 22, types are kCFI's hashes and say less; a case may name the rule for them."""
    done = subprocess.run([clang(), "-dumpversion"], capture_output=True, text=True, check=True)
    return int(done.stdout.split(".")[0]) < 22


def clang() -> str:
    return os.environ.get("WEIR_CLANG", "clang-22")


def run(command: Sequence[str], cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Case:
    name: str

    @property
    def directory(self) -> Path:
        return CASES / self.name

    @property
    def sources(self) -> list[Path]:
        return sorted(self.directory.glob("*.c*"))

    @property
    def main_source(self) -> Path:
        return next(iter(sorted(self.directory.glob("app.c*"))))

    def about(self) -> re.Match[str]:
        head = " ".join(self.main_source.read_text()[:400].replace("//", "").split())
        found = ABOUT.search(head)
        assert found, f"{self.name}: the first comment names no rule"
        return found

    @property
    def rule(self) -> str:
        about = self.about()
        return about["kcfi"] if about["kcfi"] and uses_kcfi() else about["rule"]

    @property
    def known(self) -> str:
        """`miss` or `alarm`: the form that is not judged rightly yet."""
        return self.about()["known"] or ""

    @property
    def flags(self) -> list[str]:
        path = self.directory / "flags"
        own = path.read_text().split() if path.exists() else []
        return own if any(flag.startswith("--target=") for flag in own) else [*TARGET, *own]

    @property
    def policy(self) -> Path | None:
        path = self.directory / "weir.toml"
        return path if path.exists() else None

    @property
    def needs_libc(self) -> bool:
        return (self.directory / "libc").exists()

    def compile(self, plugin: Path, fail: int, directory: Path, level: str) -> list[str]:
        objects = []
        for source in self.sources:
            output = f"{source.stem}.o"
            command = [clang(), *self.flags, level, f"-DFAIL={fail}", "-w"]
            command += [f"-fplugin={plugin}", f"-fpass-plugin={plugin}"]
            run([*command, "-c", source.name, "-o", str(directory / output)], self.directory)
            objects.append(output)
        return objects

    def check(
        self, build: Path, fail: int, directory: Path, level: str, libc: Path
    ) -> tuple[int, str]:
        """What weir-check says of one form: its status and its findings."""
        inputs = self.compile(build / "checker" / "plugin" / "weir.so", fail, directory, level)
        if self.needs_libc:
            run([*LINK, *inputs, "-o", "case.elf"], directory)
            inputs = ["case.elf", str(libc)]
        options = ["--policy", str(self.policy)] if self.policy else []
        done = subprocess.run(
            [build / "checker" / "solver" / "weir-check", *options, *inputs],
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr
        return done.returncode, done.stdout

    def is_caught(self, status: int, out: str) -> bool:
        """Of the failing form."""
        return status == 1 and bool(re.search(rf"\[{self.rule}\]", out))


def cases() -> list[Case]:
    return [Case(path.name) for path in sorted(CASES.iterdir()) if list(path.glob("app.c*"))]


def libc_facts(directory: Path) -> Path:
    """The facts of the C library that firmware for the usual target links."""
    facts = directory / "libc.facts"
    multilib = PICOLIBC / run([*LINK[:3], "-print-multi-directory"], directory).strip()
    libgcc = run([*LINK[:3], "-print-libgcc-file-name"], directory).strip()
    archives = [str(multilib / "libc.a"), str(multilib / "libsemihost.a"), libgcc]
    summarize = [sys.executable, "-m", "linkguard", "summarize", *archives]
    run([*summarize, "--output", str(facts)], REPOSITORY)
    return facts

"""Build the two example firmwares the way their users do, and the library facts they need.

Everything is built under `build/demo-LLVM`; a second call rebuilds only what changed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(os.environ["WEIR_ROOT"])
OUT = ROOT / "build" / f"demo-{os.environ['WEIR_LLVM']}"
CHECKER = Path(os.environ["WEIR_BUILD_DIR"]) / "checker"
PLUGIN = CHECKER / "plugin" / "weir.so"
WEIR_CHECK = CHECKER / "solver" / "weir-check"
CJSON = Path(os.environ["WEIR_CJSON"])
PICOLIBC = Path("/usr/lib/picolibc/arm-none-eabi")
TARGET = ["-mcpu=cortex-m3", "-mthumb"]
QEMU = [
    *["qemu-system-arm", "-M", "mps2-an385", "-nographic", "-icount", "shift=6"],
    *["-semihosting-config", "enable=on,target=native", "-kernel"],
]


@dataclass(frozen=True)
class Outcome:
    """What a command printed, in the order it printed it, and how it ended."""

    command: tuple[str, ...]
    status: int
    text: str


@dataclass(frozen=True)
class Build:
    """One way of building one firmware."""

    firmware: str  # before or after
    compiler: str  # clang or gcc
    armed: bool  # with the plugin (clang) or the guard (gcc)

    @property
    def directory(self) -> Path:
        tool = {"clang": "plugin", "gcc": "guard"}[self.compiler]
        return OUT / f"{self.firmware}-{self.compiler}{'-' + tool if self.armed else ''}"

    @property
    def image(self) -> Path:
        return self.directory / f"{self.firmware}.elf"

    @property
    def policy(self) -> Path:
        return ROOT / "examples" / self.firmware / "weir.toml"


def run(*command: str | Path, cwd: Path = ROOT) -> Outcome:
    """Run a command; its two outputs are kept as one text, as a terminal shows them."""
    words = tuple(str(word) for word in command)
    done = subprocess.run(
        words, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return Outcome(words, done.returncode, done.stdout)


def must(outcome: Outcome) -> Outcome:
    """A step that is only preparation: when it fails there is nothing to show."""
    if outcome.status != 0:
        print(outcome.text, file=sys.stderr)
        raise SystemExit(f"demo: error: this failed: {' '.join(outcome.command)}")
    return outcome


def readable(text: str, root: Path = ROOT) -> str:
    """Paths below the project are shown from its root.

    CMake names the object of a source outside its own directory by the whole path of that source.
    """
    place = re.escape(str(root))
    text = re.sub(rf"(?<=\.dir){place}/", "/", text)
    return re.sub(rf"(?<![\w.]){place}/", "", text)


def configure(build: Build) -> None:
    toolchain = ROOT / "examples" / "toolchain" / f"arm-{build.compiler}.cmake"
    armed_clang = build.armed and build.compiler == "clang"
    armed_gcc = build.armed and build.compiler == "gcc"
    must(
        run(
            *("cmake", "-G", "Ninja", "-S", ROOT / "examples" / build.firmware),
            *("-B", build.directory, "--toolchain", toolchain, f"-DCJSON_DIR={CJSON}"),
            f"-DWEIR_PLUGIN={PLUGIN if armed_clang else ''}",
            f"-DWEIR_POLICY={build.policy if armed_gcc else ''}",
            f"-DPython3_EXECUTABLE={sys.executable}",
        )
    )


def compile_and_link(build: Build) -> Outcome:
    """Build one firmware one way; a failing link is an outcome like any other."""
    configure(build)
    return run("cmake", "--build", build.directory)


def libraries(firmware: str) -> list[Path]:
    """The prebuilt code that firmware links: its C library, the compiler's, start-up objects."""
    driver = ("arm-none-eabi-gcc", *TARGET)

    def ask(*question: str) -> str:
        return must(run(*driver, *question)).text.strip()

    if firmware == "before":
        libc = [Path(ask("--specs=nano.specs", "-print-file-name=libc_nano.a"))]
    else:
        directory = PICOLIBC / "lib" / ask("-print-multi-directory")
        libc = [directory / name for name in ("crt0-hosted.o", "libc.a", "libsemihost.a")]
    return [path.resolve() for path in (*libc, Path(ask("-print-libgcc-file-name")))]


def summarize(firmware: str) -> Path:
    """The facts of that firmware's prebuilt libraries, in one file."""
    facts = OUT / f"{firmware}-libraries.facts"
    must(
        run(
            *(sys.executable, "-m", "linkguard", "summarize", *libraries(firmware)),
            *("--output", facts, "--cache", OUT / "cache"),
        )
    )
    return facts


def check(build: Build, facts: Path) -> Outcome:
    """The whole-program check of an image that carries its units' facts."""
    return run(WEIR_CHECK, "--policy", build.policy, build.image, facts)


def flash(build: Build) -> bytes:
    """The bytes that go to flash."""
    binary = build.image.with_suffix(".bin")
    must(run("arm-none-eabi-objcopy", "-O", "binary", build.image, binary))
    return binary.read_bytes()


def check_interrupts() -> Outcome:
    """What the checker says of the example that bans something else than memory."""
    source = ROOT / "examples" / "interrupts" / "control.c"
    output = OUT / "control.o"
    OUT.mkdir(parents=True, exist_ok=True)
    plugin = [f"-fplugin={PLUGIN}", f"-fpass-plugin={PLUGIN}"]
    must(run(os.environ["WEIR_CLANG"], "-O1", *plugin, "-c", source, "-o", output))
    return run(WEIR_CHECK, "--policy", source.with_name("weir.toml"), output)

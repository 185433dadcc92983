"""Copies of objects and archives under other symbol names, by the machine's own objcopy."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from linkguard import elf
from linkguard.elf import Elf
from linkguard.errors import LinkguardError, reason

# GNU's objcopy knows the machines it was built for; LLVM's knows all of these.
OBJCOPY = {
    elf.EM_386: ("objcopy",),
    elf.EM_X86_64: ("objcopy", "x86_64-linux-gnu-objcopy"),
    elf.EM_ARM: ("arm-none-eabi-objcopy",),
    elf.EM_AARCH64: ("aarch64-none-elf-objcopy", "aarch64-linux-gnu-objcopy"),
    elf.EM_RISCV: ("riscv64-unknown-elf-objcopy", "riscv32-unknown-elf-objcopy"),
}
ANY_MACHINE = ("llvm-objcopy", "llvm-objcopy-22", "llvm-objcopy-19")


def find(first: Elf, given: str | None) -> str:
    """The program given, or one that knows the machine of an object."""
    candidates = (given,) if given else (*OBJCOPY.get(first.machine, ()), *ANY_MACHINE)
    for candidate in candidates:
        if found := shutil.which(candidate):
            return found
    raise LinkguardError(
        given or "objcopy",
        f"no such program for {first.machine_name}: install the machine's binutils or LLVM's, "
        "or give one with --objcopy",
    )


def renamed(
    program: str,
    data: bytes,
    path: Path,
    names: Mapping[str, str],
    section: tuple[str, bytes] = ("", b""),
) -> bytes:
    """The file's bytes with symbols renamed, and with a section of this name and content if given.

    `path` is only for messages.
    """
    with tempfile.TemporaryDirectory(prefix="linkguard-") as directory:
        listed, before, after, content = (
            Path(directory) / part for part in ("names", "before", "after", "content")
        )
        listed.write_text("".join(f"{old} {new}\n" for old, new in names.items()))
        before.write_bytes(data)
        options = [f"--redefine-syms={listed}"]
        if section[0]:
            content.write_bytes(section[1])
            options += [f"--remove-section={section[0]}", f"--add-section={section[0]}={content}"]
        _run([program, *options, str(before), str(after)], path)
        if not after.is_file():
            raise LinkguardError(path, f"'{program}' wrote no copy of it: give another --objcopy")
        return after.read_bytes()


def _run(command: Sequence[str], path: Path) -> None:
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise LinkguardError(command[0], f"cannot run it: {reason(error)}") from error
    if result.returncode:
        sys.stderr.write(result.stderr)
        raise LinkguardError(path, f"'{command[0]}' could not copy it: see above")

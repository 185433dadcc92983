"""The last note of a chain: what to do about it, by what the chain goes through."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

PRINTF = re.compile(r"_*(v|f|s|sn|as|d)*i?f?i?printf(_r)?$")
STDIO_BUFFERS = frozenset(("__smakebuf_r", "__swsetup_r", "__sfp", "__sfmoreglue", "__sinit"))
FLOATS = frozenset(("_Balloc", "_dtoa_r", "__d2b", "_calloc_r", "__i2b"))
CRT0_EXIT = frozenset(("__register_exitproc", "atexit"))
STARTS = frozenset(("_start", "_mainCRTStartup", "__libc_init_array"))


@dataclass(frozen=True, slots=True)
class Chain:
    """What the remedy depends on."""

    banned: str
    names: Sequence[str]  # root first, the direct user last
    shares_section: bool
    from_archive: bool  # the direct user is in an archive
    unoptimised: bool  # user code was compiled without optimisation
    in_table: bool  # the direct user is data that holds the address


def remedy(chain: Chain) -> str:
    names = set(chain.names)
    if chain.shares_section:
        return (
            "nothing calls it, it shares a section with what is used: compile with "
            "-ffunction-sections -fdata-sections, or take a library that was"
        )
    if names & CRT0_EXIT and chain.names and chain.names[0] in STARTS:
        return (
            "newlib's crt0 registers exit handlers and allocates for them, even for an empty "
            "main: use your own start-up with -nostartfiles, or picolibc"
        )
    if any(PRINTF.match(name) for name in names) and chain.from_archive:
        if names & FLOATS:
            return (
                "converting floating point allocates here: the integer-only form (iprintf, "
                "siprintf) drops this path"
            )
        if names & STDIO_BUFFERS:
            return (
                "newlib's stdio allocates its streams and buffers on first use: write through a "
                "routine of your own, or link picolibc, whose printf does not allocate"
            )
    if chain.in_table:
        return (
            f"while '{chain.names[-1]}' names '{chain.banned}', the linker keeps it, called or "
            "not: initialise it with functions of your own"
        )
    if chain.unoptimised:
        return (
            "this is a debug build (no -O): code that optimisation would remove is still here, "
            "guard the release build"
        )
    return (
        f"remove the last call, or take the memory without '{chain.banned}'; "
        "an exception goes into weir.toml as [[allow]] with its reason"
    )

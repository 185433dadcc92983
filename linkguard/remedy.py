"""The last note of a chain: what to do about it, by what the chain goes through."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

PRINTF = re.compile(r"_*(v|f|s|sn|as|d)*i?f?i?printf(_r)?$")
SCANF = re.compile(r"_*(v|f|s)*i?scanf(_r)?$")
STDIO_BUFFERS = frozenset(
    ("__smakebuf_r", "__swsetup_r", "__sfp", "__sfmoreglue", "__sinit", "__sfvwrite_r")
)
FLOATS = frozenset(
    ("_Balloc", "_Bfree", "_dtoa_r", "_strtod_l", "__d2b", "_calloc_r", "__i2b", "__pow5mult")
)
CRT0_EXIT = frozenset(("__register_exitproc", "atexit"))
EXCEPTIONS = frozenset(("__cxa_allocate_exception", "__cxa_throw", "__cxa_get_globals"))
TERMINATE = "_ZN9__gnu_cxx27__verbose_terminate_handlerEv"
ASSERTS = frozenset(("__assert_func", "__assert"))
# What newlib-nano keeps on the heap from the first call on, and which has a form without that.
STATEFUL = frozenset(("rand", "srand", "strtok", "asctime", "gmtime", "localtime", "ctime"))
STARTS = frozenset(("_start", "_mainCRTStartup", "__libc_init_array"))

AT_CRT0 = (
    "newlib's crt0 registers exit handlers and allocates for them, even for an empty "
    "main: use your own start-up with -nostartfiles, or picolibc"
)
AT_EXIT = (
    "newlib allocates for every function that runs at exit, C++ destructors of static objects "
    "among them: firmware that never exits can define an empty 'atexit' and '__aeabi_atexit' "
    "('__cxa_atexit' on RISC-V)"
)
AT_ASSERT = (
    "newlib's assert prints through stdio: define '__assert_func' yourself or, where the assert is "
    "in your code, compile with -DNDEBUG"
)
AT_PRINTF_OF_FLOATS = (
    "converting floating point allocates here: the integer-only form (iprintf, siprintf) drops "
    "this path"
)
AT_FLOATS = (
    "newlib takes memory to convert floating point: convert with a routine of your own, or link "
    "picolibc, whose conversions do not allocate"
)
AT_STREAMS = (
    "newlib's stdio allocates its streams and buffers on first use: write through a "
    "routine of your own, or link picolibc, whose printf does not allocate"
)
AT_STRINGS = (
    "newlib's printf and scanf can allocate for strings too: convert with a routine of your own, "
    "or link picolibc, whose forms of them do not allocate"
)


class Chain(NamedTuple):
    """What the remedy depends on."""

    banned: str
    names: Sequence[str]  # root first, the direct user last
    shares_section: bool
    shares_in_archive: bool  # every section that is shared is one of an archive
    from_archive: bool  # the direct user is in an archive
    unoptimised: bool  # user code was compiled without optimisation
    in_table: bool  # the direct user is data that holds the address


def remedy(chain: Chain) -> str:
    if chain.shares_section and not chain.shares_in_archive:
        return (
            "nothing calls it, it shares a section with what is used: compile with "
            "-ffunction-sections -fdata-sections"
        )
    if words := _newlib(chain) or _cxx(chain):
        return words
    if chain.shares_section:
        return (
            "nothing calls it, it shares a section of its library with what is used: it goes with "
            "that, or with a library that was compiled with -ffunction-sections -fdata-sections"
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


def _newlib(chain: Chain) -> str:
    """What newlib does unasked, and the way around it."""
    names = set(chain.names)
    if names & CRT0_EXIT:
        return AT_CRT0 if chain.names[0] in STARTS else AT_EXIT
    if not chain.from_archive:
        return ""
    if names & ASSERTS:
        return AT_ASSERT
    if names & STATEFUL:
        function = next(name for name in chain.names if name in STATEFUL)
        return (
            f"newlib-nano takes the state of '{function}' from the heap at its first call: use a "
            "form that is given its state ('rand_r', 'strtok_r', 'gmtime_r')"
        )
    return _stdio(names)


def _stdio(names: set[str]) -> str:
    """Streams and conversions, by what of them takes the memory."""
    prints = any(PRINTF.match(name) for name in names)
    if names & FLOATS:
        return AT_PRINTF_OF_FLOATS if prints else AT_FLOATS
    if names & STDIO_BUFFERS:
        return AT_STREAMS
    return AT_STRINGS if prints or any(SCANF.match(name) for name in names) else ""


def _cxx(chain: Chain) -> str:
    """What the C++ library brings with it."""
    names = set(chain.names)
    if TERMINATE in names:
        return (
            "the C++ library's terminate handler demangles and prints: define "
            "'__gnu_cxx::__verbose_terminate_handler()' yourself, and it goes"
        )
    if names & EXCEPTIONS:
        return (
            "throwing takes the exception's memory from the heap: compile with -fno-exceptions, "
            "and link a C++ library that was"
        )
    return ""

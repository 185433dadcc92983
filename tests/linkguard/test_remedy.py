"""Which remedy belongs to which chain."""

from __future__ import annotations

import pytest

from linkguard.remedy import Chain, remedy

PLAIN = Chain(
    banned="malloc",
    names=("reset", "main", "add"),
    shares_section=False,
    shares_in_archive=False,
    from_archive=False,
    unoptimised=False,
    in_table=False,
)
LIBRARY = PLAIN._replace(from_archive=True)
SHARED = LIBRARY._replace(shares_section=True, shares_in_archive=True)


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        (PLAIN, "remove the last call, or take the memory without 'malloc'"),
        (PLAIN._replace(shares_section=True), "-ffunction-sections"),
        (PLAIN._replace(unoptimised=True), "debug build"),
        (PLAIN._replace(in_table=True), "while 'add' names 'malloc'"),
        (LIBRARY._replace(names=("_start", "atexit", "__register_exitproc")), "newlib's crt0"),
        (LIBRARY._replace(names=("m", "iprintf", "_vfprintf_r", "__smakebuf_r")), "picolibc"),
        (LIBRARY._replace(names=("m", "printf", "_dtoa_r", "_Balloc")), "integer-only form"),
        (LIBRARY._replace(names=("m", "snprintf", "_svfprintf_r")), "for strings too"),
        (LIBRARY._replace(names=("m", "sscanf", "__ssvfiscanf_r", "__submore")), "for strings too"),
        (LIBRARY._replace(names=("m", "puts", "_puts_r", "__sfp")), "streams and buffers"),
        (
            LIBRARY._replace(names=("m", "atof", "_strtod_l", "_Balloc")),
            "to convert floating point",
        ),
        (SHARED._replace(names=("m", "snprintf", "_svfprintf_r", "__ssprint_r")), "for strings"),
        (SHARED._replace(names=("m", "memcpy", "x")), "a section of its library"),
        (
            SHARED._replace(names=("m", "snprintf"), shares_in_archive=False),
            ": compile with -ffunc",
        ),
        (LIBRARY._replace(names=("m", "atexit", "__register_exitproc")), "an empty 'atexit'"),
        (LIBRARY._replace(names=("m", "__assert_func", "fiprintf", "_malloc_r")), "-DNDEBUG"),
        (LIBRARY._replace(names=("m", "rand")), "state of 'rand' from the heap"),
        (PLAIN._replace(names=("m", "rand")), "remove the last call"),
        (LIBRARY._replace(names=("m", "__cxa_allocate_exception")), "-fno-exceptions"),
        (
            LIBRARY._replace(names=("m", "_ZN9__gnu_cxx27__verbose_terminate_handlerEv", "x")),
            "__verbose_terminate_handler()' yourself",
        ),
    ],
)
def test_the_remedy_of_a_chain(chain: Chain, words: str) -> None:
    assert words in remedy(chain)

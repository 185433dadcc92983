"""Which remedy belongs to which chain."""

from __future__ import annotations

from dataclasses import replace

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
LIBRARY = replace(PLAIN, from_archive=True)
SHARED = replace(LIBRARY, shares_section=True, shares_in_archive=True)


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        (PLAIN, "remove the last call, or take the memory without 'malloc'"),
        (replace(PLAIN, shares_section=True), "-ffunction-sections"),
        (replace(PLAIN, unoptimised=True), "debug build"),
        (replace(PLAIN, in_table=True), "while 'add' names 'malloc'"),
        (replace(LIBRARY, names=("_start", "atexit", "__register_exitproc")), "newlib's crt0"),
        (replace(LIBRARY, names=("m", "iprintf", "_vfprintf_r", "__smakebuf_r")), "picolibc"),
        (replace(LIBRARY, names=("m", "printf", "_dtoa_r", "_Balloc")), "integer-only form"),
        (replace(LIBRARY, names=("m", "snprintf", "_svfprintf_r")), "for strings too"),
        (replace(LIBRARY, names=("m", "sscanf", "__ssvfiscanf_r", "__submore")), "for strings too"),
        (replace(LIBRARY, names=("m", "puts", "_puts_r", "__sfp")), "streams and buffers"),
        (
            replace(LIBRARY, names=("m", "atof", "_strtod_l", "_Balloc")),
            "to convert floating point",
        ),
        (replace(SHARED, names=("m", "snprintf", "_svfprintf_r", "__ssprint_r")), "for strings"),
        (replace(SHARED, names=("m", "memcpy", "x")), "a section of its library"),
        (
            replace(SHARED, names=("m", "snprintf"), shares_in_archive=False),
            ": compile with -ffunc",
        ),
        (replace(LIBRARY, names=("m", "atexit", "__register_exitproc")), "an empty 'atexit'"),
        (replace(LIBRARY, names=("m", "__assert_func", "fiprintf", "_malloc_r")), "-DNDEBUG"),
        (replace(LIBRARY, names=("m", "rand")), "state of 'rand' from the heap"),
        (replace(PLAIN, names=("m", "rand")), "remove the last call"),
        (replace(LIBRARY, names=("m", "__cxa_allocate_exception")), "-fno-exceptions"),
        (
            replace(LIBRARY, names=("m", "_ZN9__gnu_cxx27__verbose_terminate_handlerEv", "x")),
            "__verbose_terminate_handler()' yourself",
        ),
    ],
)
def test_the_remedy_of_a_chain(chain: Chain, words: str) -> None:
    assert words in remedy(chain)

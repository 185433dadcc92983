"""Facts of archives, kept by content: a known archive is answered before linkguard is loaded.

A build asks for the facts of its C library again and again, and Python with all of linkguard takes
ten times as long to load as the answer takes to find. So this module imports next to nothing,
reads the plain forms of `summarize` by itself, and leaves all others, and every mistake, to the
command.
"""

from __future__ import annotations

import os

from xxhash import xxh3_128

from linkguard import FACTS_VERSION, atomic

REVISION = 3  # rises when the same input gives other facts, so that old entries are unused
MAGIC = b"!<arch>\n"  # a thin archive only names its members, which change unseen
DIGEST = 16  # bytes before the facts of an entry, by which a damaged one is told


def entry_for(cache: str, name: str, content: bytes) -> str:
    """Where the facts of an input are, or would be: `name` is in the facts, so it counts."""
    key = xxh3_128(f"{REVISION}\0{FACTS_VERSION}\0{name}\0".encode())
    key.update(content)
    return os.path.join(cache, f"{key.hexdigest()}.facts")


def sealed(facts: bytes) -> bytes:
    """What an entry holds."""
    return xxh3_128(facts).digest() + facts


def read(entry: str) -> bytes | None:
    """The facts of an entry that is there and whole; a damaged one is made again."""
    try:
        with open(entry, "rb") as file:
            data = file.read()
    except OSError:
        return None
    facts = data[DIGEST:]
    return facts if xxh3_128(facts).digest() == data[:DIGEST] else None


def answers(words: list[str]) -> bool:
    """Whether these arguments of `summarize` were answered: known archives, written in full."""
    inputs, output, cache = _plain(words)
    if not inputs or not output or not cache:
        return False
    found = [_known(path, cache) for path in inputs]
    blobs = [facts for facts in found if facts is not None]
    if len(blobs) < len(found):
        return False
    try:
        atomic.write(output, b"".join(blobs))
    except OSError:
        return False  # the command says what is wrong
    return True


def _plain(words: list[str]) -> tuple[list[str], str, str]:
    """Inputs, output and cache, when nothing else is among the arguments."""
    inputs: list[str] = []
    values = {"--output": "", "--cache": ""}
    rest = iter(words)
    for word in rest:
        option = "--output" if word == "-o" else word
        if option in values:
            values[option] = next(rest, "")
        elif word.startswith("-"):
            return [], "", ""
        else:
            inputs.append(word)
    return inputs, values["--output"], values["--cache"]


def _known(path: str, cache: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return None
    if content[: len(MAGIC)] != MAGIC:
        return None
    return read(entry_for(cache, os.path.basename(path), content))

"""Exit statuses, and the one exception that stands for "could not run"."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What every linkguard command says with its exit status."""

    CLEAN = 0
    FINDINGS = 1
    CANNOT_RUN = 2
    INTERRUPTED = 130


class LinkguardError(Exception):
    """An input or an environment that stops the command.

    `where` is the file (or tool) at fault, `what` says what is wrong and what to do about it.
    The command line prints `where: error: what` and exits with status 2.
    """

    def __init__(self, where: object, what: str) -> None:
        super().__init__(f"{where}: error: {what}")


def reason(error: OSError) -> str:
    """The system's own words for an I/O error, without the number and the path."""
    return (error.strerror or str(error)).lower()

"""The command line: one parser, one place where errors become messages and exit statuses."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from linkguard import __version__
from linkguard.commands import (
    attest,
    diff,
    exempt,
    explain,
    flags,
    ld,
    mayallocate,
    redirect,
    shim,
    summarize,
    verify,
)
from linkguard.errors import ExitCode, LinkguardError, reason

COMMANDS = {
    "flags": (flags, "write the files that make a link refuse banned functions"),
    "verify": (verify, "look for banned functions in a linked image"),
    "explain": (explain, "say who keeps each banned function alive"),
    "shim": (shim, "make a stand-in for ld that verifies and explains every link"),
    "ld": (ld, "run a linker as the shim does"),
    "attest": (attest, "write what was verified as a release record, or check one"),
    "diff": (diff, "say what appeared and vanished between two images"),
    "exempt": (exempt, "let a prebuilt object past the guard, with a reason that stays in it"),
    "may-allocate": (mayallocate, "list the functions of a C library that allocate"),
    "summarize": (summarize, "write checker facts for archives and objects without source"),
    "redirect": (redirect, "make a copy of a library that allocates from a reservation"),
}


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="linkguard",
        description="Fails a release link when a banned function survives, "
        "and says who keeps it alive.",
        epilog="exit status: 0 clean, 1 findings, 2 could not run, 130 interrupted",
    )
    top.add_argument("--version", action="version", version=f"linkguard {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    try:
        status = int(arguments.run(arguments))
        sys.stdout.flush()
        return status
    except LinkguardError as error:
        print(error, file=sys.stderr)
        return ExitCode.CANNOT_RUN
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _give_up_stdout()  # the reader went away: say nothing more
        return ExitCode.CANNOT_RUN
    except OSError as error:
        _give_up_stdout()
        where = error.filename or "linkguard"
        print(f"{where}: error: {reason(error)}: make room or choose another", file=sys.stderr)
        return ExitCode.CANNOT_RUN


def _give_up_stdout() -> None:
    """The interpreter flushes stdout once more at its end, and would exit with 120."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)

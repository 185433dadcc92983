"""The command line: one parser, one place where errors become messages and exit statuses."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import NoReturn

from linkguard import __version__
from linkguard.commands import Help
from linkguard.errors import ExitCode, LinkguardError, reason

# Each command is a module of its own, which is loaded when it is asked for: start-up is what a
# link waits for.
COMMANDS = {
    "flags": "write the files that make a link refuse banned functions",
    "verify": "look for banned functions in a linked image",
    "explain": "say who keeps each banned function alive",
    "shim": "make a stand-in for ld that verifies and explains every link",
    "ld": "run a linker as the shim does",
    "attest": "write what was verified as a release record, or check one",
    "diff": "say what appeared and vanished between two images",
    "exempt": "let a prebuilt object past the guard, with a reason that stays in it",
    "may-allocate": "list the functions of a C library that allocate",
    "summarize": "write checker facts for archives and objects without source",
    "redirect": "make a copy of a library that allocates from a reservation",
}


def parser() -> argparse.ArgumentParser:
    """What is said of all commands."""
    top = argparse.ArgumentParser(
        prog="linkguard",
        description="Fails a release link when a banned function survives, "
        "and says who keeps it alive.",
        epilog="exit status: 0 clean, 1 findings, 2 could not run, 130 interrupted",
    )
    top.add_argument("--version", action="version", version=f"linkguard {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        commands.add_parser(name, help=summary)
    return top


def parser_of(name: str) -> argparse.ArgumentParser:
    """One command with its options."""
    module = import_module(f"linkguard.commands.{name.replace('-', '')}")
    command = argparse.ArgumentParser(
        prog=f"linkguard {name}", description=module.__doc__, formatter_class=Help
    )
    module.add_arguments(command)
    command.set_defaults(run=module.run)
    return command


def main(argv: Sequence[str] | None = None) -> int:
    if argv is None:
        gc.disable()  # a run ends before cycles add up, and walking all objects costs a seventh
    if sys.stderr is None:  # closed by who called: what is said there is said to nobody
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    if sys.stdout is None:
        print("linkguard: error: the standard output is closed: send it somewhere", file=sys.stderr)
        return ExitCode.CANNOT_RUN
    if isinstance(sys.stdout, TextIOWrapper):  # a name of any bytes is told, as stderr does it
        sys.stdout.reconfigure(errors="backslashreplace")
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        if not words or words[0] not in COMMANDS:
            parser().parse_args(words)  # help, the version, or what is wrong
            parser().error("give the command first")
        arguments = parser_of(words[0]).parse_args(words[1:])
        status = int(arguments.run(arguments))
        sys.stdout.flush()
        if argv is None:
            _leave(status)
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


def _leave(status: int) -> NoReturn:
    """End the process at once: taking a large image's objects apart costs a tenth of explaining."""
    sys.stderr.flush()
    os._exit(status)


def _give_up_stdout() -> None:
    """The interpreter flushes stdout once more at its end, and would exit with 120."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)

"""One module a command: its arguments, and the work."""

from __future__ import annotations

import argparse

HELP_WIDTH = 96


class Help(argparse.HelpFormatter):
    """Argparse makes one for each option, and asks for the terminal's width with a large module."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=HELP_WIDTH)

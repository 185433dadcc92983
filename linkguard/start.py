"""Where both `linkguard` and `python -m linkguard` begin: before the command line is loaded."""

from __future__ import annotations

import sys

from linkguard import summarycache


def main() -> int:
    """A summary that is known already, or the command line with all that belongs to it."""
    words = sys.argv[1:]
    if words[:1] == ["summarize"] and summarycache.answers(words[1:]):
        return 0
    from linkguard.cli import main as run

    return run()

"""How findings are written: one module a format, one table of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from linkguard.findings import Report
from linkguard.output import dot, record, sarif, text

FORMATS: dict[str, Callable[[Report], str]] = {
    "text": text.render,
    "json": record.render,
    "sarif": sarif.render,
    "dot": dot.render,
}


def add_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=tuple(FORMATS),
        default="text",
        help="how findings are written: text (default), json, sarif 2.1.0, or dot for graphviz",
    )


def render(report: Report, form: str) -> str:
    return FORMATS[form](report)

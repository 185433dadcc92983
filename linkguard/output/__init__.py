"""How findings are written: one module a format, one table of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module

from linkguard.findings import Report

FORMATS = {"text": "text", "json": "record", "sarif": "sarif", "dot": "dot"}


def add_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=tuple(FORMATS),
        default="text",
        help="how findings are written: text (default), json, sarif 2.1.0, or dot for graphviz",
    )


def render(report: Report, form: str) -> str:
    module = import_module(f"linkguard.output.{FORMATS[form]}")
    written: Callable[[Report], str] = module.render
    return written(report)

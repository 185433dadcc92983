"""SARIF against its own schema, for the tests of every tool that writes it."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
DEFAULT = ROOT / "build" / "third-party" / "sarif" / "schema.json"


def valid_run(text: str) -> dict[str, Any]:
    """The one run of a SARIF log, after the log was held against the OASIS schema."""
    schema = Path(os.environ.get("WEIR_SARIF_SCHEMA", DEFAULT))
    try:
        jsonschema = importlib.import_module("jsonschema")
        rules = json.loads(schema.read_text("utf-8"))
    except (ImportError, OSError) as error:
        if os.environ.get("WEIR_REQUIRE_TOOLS") == "1":
            pytest.fail(f"cannot hold SARIF against its schema: {error}")
        pytest.skip(f"cannot hold SARIF against its schema: {error}")
    log = json.loads(text)
    errors = list(jsonschema.Draft4Validator(rules).iter_errors(log))
    assert not errors, [f"{'/'.join(map(str, e.path))}: {e.message}" for e in errors[:5]]
    assert log["version"] == "2.1.0" and len(log["runs"]) == 1
    run: dict[str, Any] = log["runs"][0]
    return run

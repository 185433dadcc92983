"""The faults still match the runtime's text; that tests notice them is python -m
tests.runtime.mutants."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.runtime.mutants.catalogue import CatalogueError, Mutant, load, plant

ROOT = Path(__file__).resolve().parents[3]


def test_there_are_enough() -> None:
    assert len(load()) >= 20


@pytest.mark.parametrize("mutant", load(), ids=lambda mutant: mutant.name)
def test_fault_can_be_planted(mutant: Mutant) -> None:
    assert mutant.new in plant(mutant, ROOT)


def test_text_that_is_gone_is_an_error() -> None:
    with pytest.raises(CatalogueError, match="is 0 times in"):
        plant(replace(load()[0], old="no such text"), ROOT)


def test_text_that_is_there_twice_is_an_error() -> None:
    with pytest.raises(CatalogueError, match="make it match once"):
        plant(replace(load()[0], old="weir_"), ROOT)

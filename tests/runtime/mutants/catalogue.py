"""The planted faults of mutants.toml, and how one is planted."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

CATALOGUE = Path(__file__).with_name("mutants.toml")


class CatalogueError(Exception):
    """What is wrong with the list, where, and what to do."""


@dataclass(frozen=True)
class Mutant:
    name: str
    reason: str
    file: str
    old: str
    new: str
    preset: str = "host-debug"

    @property
    def path(self) -> Path:
        return Path("runtime/src") / self.file


def load(path: Path = CATALOGUE) -> list[Mutant]:
    with path.open("rb") as stream:
        entries = tomllib.load(stream)["mutant"]
    mutants = [Mutant(**entry) for entry in entries]
    names = [mutant.name for mutant in mutants]
    for name in names:
        if names.count(name) > 1:
            raise CatalogueError(f"{path.name}: error: '{name}' is there twice, rename one")
    return mutants


def plant(mutant: Mutant, tree: Path) -> str:
    """The text of the mutant's file below `tree` with the fault in it."""
    try:
        text = (tree / mutant.path).read_text()
    except FileNotFoundError as error:
        raise CatalogueError(
            f"{CATALOGUE.name}: error: '{mutant.name}' names '{mutant.path}', which does not exist"
        ) from error
    found = text.count(mutant.old)
    if found != 1:
        raise CatalogueError(
            f"{CATALOGUE.name}: error: the text of '{mutant.name}' is {found} times in "
            f"'{mutant.path}', make it match once"
        )
    if mutant.old == mutant.new:
        raise CatalogueError(f"{CATALOGUE.name}: error: '{mutant.name}' changes nothing")
    return text.replace(mutant.old, mutant.new)

"""Plants one fault at a time into a copy of the runtime and demands that a test dies of it.

    python -m tests.runtime.mutants [--directory DIR] [name ...]

Prints a table: each fault, and the first test that noticed. Exit 0: all were noticed; 1: some
survived; 2: a fault's text no longer matches, or the tree does not build.
"""

import argparse
import sys
from pathlib import Path

from tests.runtime.mutants.build import BuildError, Test, copy_tree, first_to_fail, measured
from tests.runtime.mutants.catalogue import CatalogueError, Mutant, load, plant

ROOT = Path(__file__).resolve().parents[3]


def try_mutant(mutant: Mutant, tree: Path, tests: list[Test]) -> Test | None:
    path = tree / mutant.path
    sound = path.read_text()
    path.write_text(plant(mutant, tree))
    try:
        return first_to_fail(tree, mutant.preset, tests)
    except BuildError as error:
        raise BuildError(f"'{mutant.name}' does not build\n{error}") from error
    finally:
        path.write_text(sound)


def chosen(mutants: list[Mutant], names: list[str]) -> list[Mutant]:
    unknown = set(names) - {mutant.name for mutant in mutants}
    if unknown:
        raise CatalogueError(f"error: no mutant is called '{sorted(unknown)[0]}'")
    return [mutant for mutant in mutants if not names or mutant.name in names]


def try_all(mutants: list[Mutant], tree: Path) -> int:
    """The number of survivors. What noticed a fault in a file is tried first on the next there."""
    tests: dict[str, list[Test]] = {}
    killers: dict[tuple[str, str], list[Test]] = {}
    survivors = 0
    for mutant in mutants:
        if mutant.preset not in tests:
            print(f"testing the sound tree under '{mutant.preset}'", file=sys.stderr)
            tests[mutant.preset] = measured(tree, mutant.preset)
        likely = killers.setdefault((mutant.preset, mutant.file), [])
        others = [test for test in tests[mutant.preset] if test not in likely]
        killer = try_mutant(mutant, tree, likely + others)
        if killer:
            likely[:] = [killer] + [test for test in likely if test != killer]
        survivors += killer is None
        print(f"{mutant.name:28} {killer.name if killer else 'SURVIVED':32} {mutant.reason}")
        sys.stdout.flush()
    return survivors


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.runtime.mutants")
    parser.add_argument("--directory", type=Path, default=ROOT / "build" / "mutants")
    parser.add_argument("names", nargs="*", metavar="name")
    arguments = parser.parse_args()
    tree: Path = arguments.directory.resolve()
    try:
        mutants = chosen(load(), arguments.names)
        for mutant in mutants:
            plant(mutant, ROOT)
        copy_tree(ROOT, tree)
        survivors = try_all(mutants, tree)
    except (CatalogueError, BuildError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(mutants) - survivors} of {len(mutants)} faults noticed", file=sys.stderr)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())

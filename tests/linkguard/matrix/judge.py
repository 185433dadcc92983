"""One cell of the matrix: the same objects linked twice, without the guard and with it."""

from __future__ import annotations

import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from linkguard import elf, policy, verification
from linkguard.errors import LinkguardError
from linkguard.findings import Finding
from tests.linkguard.matrix import build, truth
from tests.linkguard.matrix.axes import Combination, Mode, Platform
from tests.linkguard.matrix.cases import Case

REFUSED = re.compile(r"__wrap_|discarded section|discarded: ", re.IGNORECASE)


@dataclass(frozen=True)
class Cell:
    """What came out: `verdict` is `right`, `miss`, `false alarm`, `flash differs` or `broken`."""

    case: str
    combination: str
    verdict: str
    truth: tuple[str, ...] = ()
    found_by: str = ""  # linker, verify, or nothing
    bytes: str = ""  # of a passing image, compared: same, imports or differs
    said: str = ""

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def judge_group(
    case: Case,
    platform: Platform,
    mode: Mode,
    optimisation: str,
    linkers: tuple[str, ...],
    shared: Path,
) -> list[Cell]:
    """All linkers on the same objects. `shared` holds start-up objects and the guards' files."""
    cells = []
    with tempfile.TemporaryDirectory(dir=shared) as scratch:
        objects: dict[str, list[Path] | Cell] = {}
        for linker in linkers:
            combination = Combination(platform, linker, mode, optimisation)
            llvm = build.llvm_of(linker) if mode.is_lto else build.NEWEST
            if llvm not in objects:
                objects[llvm] = _objects(case, combination, llvm, Path(scratch) / llvm)
            compiled = objects[llvm]
            if isinstance(compiled, Cell):
                cells.append(_broken(case, combination, compiled.said))
                continue
            inputs = [*build.startup(platform, shared), *compiled]
            cells.append(judge(case, combination, inputs, Path(scratch), shared))
    return cells


def _objects(case: Case, combination: Combination, llvm: str, directory: Path) -> list[Path] | Cell:
    try:
        return build.compile_case(case, combination, llvm, directory)
    except build.BuildError as error:
        return _broken(case, combination, str(error))


def _broken(case: Case, combination: Combination, said: str) -> Cell:
    return Cell(case.name, combination.name, "broken", said=said[:2000])


def guard_of(platform: Platform, shared: Path) -> Path:
    """The script is for programs without shared libraries."""
    return shared / ("guard-plain" if platform.is_host else "guard-script")


def _verified(
    case: Case, combination: Combination, inputs: list[Path], image: Path, guard: Path
) -> list[Finding]:
    """What verify finds; where it asks for relocations, by the same link with them: as the shim."""
    verdict = verification.verify(elf.read(image), policy.load(None))
    if verdict.findings or not verdict.suspects:
        return list(verdict.findings)
    related = image.with_suffix(".related")
    again = build.link(combination, inputs, related, case.is_cxx, guard, "-Wl,--emit-relocs")
    if not again.succeeded:
        raise LinkguardError(image, f"does not link with --emit-relocs: {again.said}")
    found = verification.verify(elf.read(related), policy.load(None)).findings
    return [finding for finding in found if finding.subject in verdict.suspects]


def judge(
    case: Case, combination: Combination, inputs: list[Path], scratch: Path, shared: Path
) -> Cell:
    platform = combination.platform
    plain, guarded = scratch / "plain.elf", scratch / "guarded.elf"
    plain.unlink(missing_ok=True)
    guarded.unlink(missing_ok=True)
    first = build.link(combination, inputs, plain, case.is_cxx, None)
    if not first.succeeded:
        return _broken(case, combination, f"without the guard: {first.said}")
    alive = truth.survivors(plain)
    if case.expected != "varies" and bool(alive) != (case.expected == "alive"):
        said = f"the case expects '{case.expected}', readelf finds {alive}"
        return _broken(case, combination, said)
    guard = guard_of(platform, shared)
    second = build.link(combination, inputs, guarded, case.is_cxx, guard)
    found_by, said = "", ""
    if not second.succeeded:
        if not REFUSED.search(second.said):
            return _broken(case, combination, f"with the guard: {second.said}")
        found_by, said = "linker", second.said
    else:
        try:
            found = _verified(case, combination, inputs, guarded, guard)
        except LinkguardError as error:
            return _broken(case, combination, str(error))
        if found:
            found_by, said = "verify", found[0].text
    word, compared = "right", ""
    if alive and not found_by:
        word = "miss"
    elif found_by and not alive:
        word = "false alarm"
    elif not alive:
        compared = truth.compare(platform, plain, guarded)
        word = "flash differs" if compared == "differs" else word
    return Cell(
        case.name,
        combination.name,
        word,
        tuple(alive),
        found_by,
        compared,
        said[:2000] if word != "right" else "",
    )

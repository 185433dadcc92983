"""The hand-made cases, judged by weir-check and by the two checks that come with clang.

-Wfunction-effects needs to be told where execution starts: there each function that the policy
names, or else each that the case defines, is declared `nonallocating`, as a user would write it. It
infers the rest within a unit. clang-tidy's cppcoreguidelines-no-malloc needs nothing.
"""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.checker.cases.casebook import Case, cases, clang, libc_facts

# A definition at the outermost level: its name, and where its body opens.
DEFINITION = re.compile(
    r"^(?!typedef|#|\s)[^;{}=#\n]*?\b(\w+)\((?:[^;{}])*?\)(?= \{)", re.MULTILINE
)
EFFECT = " [[clang::nonallocating]]"


def roots(case: Case) -> list[str]:
    policy = tomllib.loads(case.policy.read_text()) if case.policy else {}
    names: list[str] = policy.get("roots", {}).get("functions", [])
    return names


def with_effects(text: str, names: list[str]) -> str:
    def annotated(found: re.Match[str]) -> str:
        return found[0] + (EFFECT if not names or found[1] in names else "")

    return DEFINITION.sub(annotated, text)


def warns(command: list[str], cwd: Path, sign: str) -> bool:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    return sign in done.stdout + done.stderr


def function_effects(case: Case, fail: int, directory: Path) -> bool:
    directory.mkdir(parents=True, exist_ok=True)
    found = False
    for source in case.sources:
        copy = directory / source.name
        copy.write_text(with_effects(source.read_text(), roots(case)))
        flags = [*case.flags, f"-DFAIL={fail}", f"-I{case.directory}", "-Wno-everything"]
        command = [clang(), *flags, "-Wfunction-effects", "-fsyntax-only", str(copy)]
        found |= warns(command, directory, "[-Wfunction-effects]")
    return found


def clang_tidy(case: Case, fail: int, directory: Path) -> bool:
    tidy = Path(clang()).resolve().parent / "clang-tidy"
    check = "--checks=-*,cppcoreguidelines-no-malloc"
    sources = [str(source) for source in case.sources]
    command = [str(tidy), check, *sources, "--", *case.flags, f"-DFAIL={fail}", "-w"]
    return warns(command, case.directory, "[cppcoreguidelines-no-malloc")


def columns(build: Path, libc: Path) -> dict[str, Callable[[Case, int, Path], bool]]:
    def weir(case: Case, fail: int, directory: Path) -> bool:
        directory.mkdir(parents=True, exist_ok=True)
        status, out = case.check(build, fail, directory, "-O2", libc)
        return case.is_caught(status, out) if fail else status != 0

    return {"weir": weir, "function_effects": function_effects, "clang_tidy": clang_tidy}


def judge_all(build: Path, directory: Path) -> dict[str, dict[str, tuple[bool, bool]]]:
    """By case and tool: whether it warned of the failing form, and of the passing one."""
    directory.mkdir(parents=True, exist_ok=True)
    tools = columns(build, libc_facts(directory))

    def one(case: Case) -> dict[str, tuple[bool, bool]]:
        found = {}
        for name, warned in tools.items():
            place = directory / case.name / name
            found[name] = (warned(case, 1, place / "fail"), warned(case, 0, place / "pass"))
        return found

    all_cases = cases()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(one, all_cases))
    return {case.name: result for case, result in zip(all_cases, results, strict=True)}


def metrics(judged: dict[str, dict[str, tuple[bool, bool]]]) -> dict[str, float]:
    """`caught`: the failing form is warned of and the passing one is not."""
    found: dict[str, float] = {"cases.total": len(judged)}
    for tool in next(iter(judged.values())):
        prefix = "" if tool == "weir" else f"peer.{tool}."
        verdicts = [row[tool] for row in judged.values()]
        found[f"{prefix}cases.caught"] = sum(bad and not good for bad, good in verdicts)
        found[f"{prefix}cases.missed"] = sum(not bad for bad, _ in verdicts)
        found[f"{prefix}cases.false_alarms"] = sum(good for _, good in verdicts)
    return found


def table(judged: dict[str, dict[str, tuple[bool, bool]]]) -> Iterator[str]:
    tools = list(next(iter(judged.values())))
    words = {
        (True, False): "caught",
        (False, False): "missed",
        (True, True): "alarm",
        (False, True): "missed, alarm",
    }
    yield "case".ljust(24) + "".join(tool.ljust(18) for tool in tools)
    for name, row in judged.items():
        yield name.ljust(24) + "".join(words[row[tool]].ljust(18) for tool in tools).rstrip()

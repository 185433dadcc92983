"""One real firmware through the whole of weir: checked, guarded, run.

Everything shown is what the tools print; where that is long, it says which file has the rest.
Each step is then compared with what is expected of it; the exit status is 0 only when all of it
was seen.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from examples.build import (
    OUT,
    QEMU,
    ROOT,
    Build,
    Outcome,
    check,
    compile_and_link,
    flash,
    must,
    readable,
    run,
    summarize,
)
from examples.readme import diagnostics, findings

EXPECTED_RUN = ROOT / "examples" / "after" / "expected.txt"


class Mismatch(Exception):
    """A tool did not do what the demo exists to show."""


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise Mismatch(what)


def heading(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


def show(outcome: Outcome, text: str | None = None) -> None:
    words = [word.removeprefix(f"{ROOT}/") for word in outcome.command]
    if words[0].endswith("weir-check"):
        words[0] = "weir-check"
    print(f"$ {' '.join(words)}")
    if said := readable(outcome.text if text is None else text).rstrip():
        print(said)
    print(f"exit status {outcome.status}", flush=True)


def hops_in_order(text: str, names: Iterable[str]) -> bool:
    """Whether one finding (an error and its notes) mentions these names in this order."""
    findings = re.split(r"^(?=\S*:? ?error: |\S+: error: )", text, flags=re.MULTILINE)
    pattern = re.compile(".*".join(f"'{re.escape(name)}'" for name in names), re.DOTALL)
    return any(pattern.search(finding) for finding in findings)


# --- the four things to show --------------------------------------------------------------------


def checker_fails_before() -> str:
    heading("1. The checker: does `before` reach a function that takes memory from the C heap?")
    build = Build("before", "clang", armed=True)
    must(compile_and_link(build))
    outcome = check(build, summarize("before"))
    show(outcome)
    expect(outcome.status == 1, "the checker should find `before` guilty (exit status 1)")
    hook = ["main", "answer", "cJSON_Parse", "cJSON_New_Item", "malloc", "global_hooks"]
    expect(hops_in_order(outcome.text, hook), "a path from main through cJSON's hooks to malloc")
    stdio = ["main", "answer", "printf", "_malloc_r"]
    expect(hops_in_order(outcome.text, stdio), "a path from main through printf to _malloc_r")
    count = outcome.text.count("[weir-banned-call]")
    return f"checker    before: {count} banned functions are reached, each with its whole path"


def guard_refuses_before() -> str:
    heading("2. The guard: does the release link of `before` go through?")
    build = Build("before", "gcc", armed=True)
    build.image.unlink(missing_ok=True)
    outcome = compile_and_link(build)
    said = linker_output(outcome.text)
    show(outcome, chains(said, OUT / "before-refused-link.txt"))
    expect(outcome.status != 0, "the guarded release link of `before` should fail")
    expect(not build.image.exists(), "a refused link should leave no image")
    expect("libc_nano.a(" in outcome.text or "libg_nano.a(" in outcome.text, "archive members")
    expect("[weir-banned-symbol]" in outcome.text, "a finding for each direct caller")
    expect(hops_in_order(outcome.text, ["_malloc_r", "main", "printf"]), "a chain through printf")
    expect(hops_in_order(outcome.text, ["malloc", "global_hooks"]), "a chain through cJSON's hooks")
    callers = outcome.text.count("[weir-banned-symbol]")
    return f"linkguard  before: the link is refused, {callers} direct callers, each with its chain"


def linker_output(text: str) -> str:
    """What the link step said, without the build tool's own lines."""
    lines = text.splitlines()
    noise = re.compile(r"^(\[\d+/\d+\] |FAILED: |: && |ninja: )")
    return "\n".join(line for line in lines if not noise.match(line))


def chains(text: str, everything: Path) -> str:
    """A chain for each direct caller; the linker's own words beside them go to a file."""
    everything.write_text(readable(text) + "\n")
    found = [diagnostics(finding) for finding in findings(text) if "[weir-" in finding]
    return "".join([*found, f"... and the linker's own words: {everything}"])


def after_passes_both() -> str:
    heading("3. `after`: the same job on weir passes both, and nothing is added to the flash")
    checked = Build("after", "clang", armed=True)
    must(compile_and_link(checked))
    outcome = check(checked, summarize("after"))
    show(outcome)
    expect(outcome.status == 0, "the checker should prove `after` clean")
    guarded = Build("after", "gcc", armed=True)
    guarded.image.unlink(missing_ok=True)
    outcome = compile_and_link(guarded)
    show(outcome, linker_output(outcome.text))
    expect(outcome.status == 0, "the guarded release link of `after` should pass")
    same = [compare_flash(armed) for armed in (Build("before", "clang", True), checked, guarded)]
    expect(all(same), "flash images should be byte-identical with and without plugin or guard")
    return "after      passes both; flash is byte-identical without plugin and guard"


def compare_flash(armed: Build) -> bool:
    plain = Build(armed.firmware, armed.compiler, armed=False)
    must(compile_and_link(plain))
    left, right = flash(armed), flash(plain)
    tool = "plugin" if armed.compiler == "clang" else "guard"
    verdict = "identical" if left == right else "DIFFERENT"
    print(
        f"flash of {armed.firmware} by {armed.compiler}: {len(left)} bytes with the {tool}, "
        f"{len(right)} without: {verdict}"
    )
    return left == right


def after_runs() -> str:
    heading("4. `after` runs: memory runs out, requests wait, nothing is lost")
    outcome = run(*QEMU, Build("after", "gcc", armed=True).image)
    show(outcome)
    expect(outcome.status == 0, "the firmware should end with exit status 0")
    expected = EXPECTED_RUN.read_text()
    same = without_times(outcome.text) == without_times(expected)
    expect(same, f"the output should be that of {EXPECTED_RUN.name}, but for the times")
    return "runtime    after: waited, granted in order, one NAK, one cancelled, nothing leaked"


def without_times(text: str) -> str:
    """The order of what happened is the contract; a millisecond more is the compiler's affair."""
    return re.sub(r" *\d+ ms\b", " N ms", text)


STEPS = (checker_fails_before, guard_refuses_before, after_passes_both, after_runs)


def main() -> int:
    Path(OUT).mkdir(parents=True, exist_ok=True)
    summary = []
    for step in STEPS:
        try:
            summary.append(step())
        except Mismatch as mismatch:
            print(f"\ndemo: error: not as expected: {mismatch}", file=sys.stderr)
            return 1
    heading("Summary")
    print("\n".join(summary))
    return 0


if __name__ == "__main__":
    sys.exit(main())

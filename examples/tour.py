"""A few lines of firmware through every command of linkguard, for linkguard/README.md."""

from __future__ import annotations

import json
import sys
import tempfile
from functools import cache
from pathlib import Path

from examples.build import must, run

MAIN = """void parse(const char *text);
int main(void) {
  parse("on");
  return 0;
}
"""
PARSER = """#include <stdlib.h>
static char *volatile last;
void parse(const char *text) {
  char *copy = malloc(32);
  copy[0] = text[0];
  last = copy;
}
"""
FIXED = PARSER.replace("malloc(32)", "pool").replace("last;", "last, pool[32];", 1)
POLICY = """[[allow]]
caller = "parse"
callee = "malloc"
reason = "one block, at start-up"
"""
COMPILER = [
    *["arm-none-eabi-gcc", "--specs=picolibc.specs", "-mcpu=cortex-m3", "-mthumb"],
    *["-Os", "-g", "-ffunction-sections", "-fdata-sections"],
]
NAMES = tuple(
    f"linkguard-{step}"
    for step in (
        *("flags", "shim", "verify", "explain", "diff"),
        *("attest", "record", "check", "exempt"),
    )
)
REASON = "its pool, taken once at start-up"


class Tour:
    """A directory in which each step is taken once, in the order of the document."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        for name, text in (("main.c", MAIN), ("parser.c", PARSER), ("fixed.c", FIXED)):
            (directory / name).write_text(text)
        (directory / "weir.toml").write_text(POLICY)
        self.compile("-c", "main.c", "parser.c", "fixed.c")
        self.link("fixed.o", "old.elf", "-Wl,--emit-relocs")
        self.link("parser.o", "new.elf", "-Wl,--emit-relocs")

    def compile(self, *words: str) -> None:
        must(run(*COMPILER, *words, cwd=self.directory))

    def link(self, parser: str, image: str, *options: str) -> None:
        self.compile("main.o", parser, "-Wl,--gc-sections", *options, "-o", image)

    def linkguard(self, *words: str) -> str:
        """What the command prints, without the clutter of a terminal."""
        return run(sys.executable, "-m", "linkguard", *words, cwd=self.directory).text

    def steps(self) -> dict[str, str]:
        found = {"linkguard-flags": self.linkguard("flags", "-o", "guard")}
        found["linkguard-shim"] = self.linkguard("shim", "-o", "guard/bin").replace(
            f"{self.directory}/", ""
        )
        found["linkguard-verify"] = self.linkguard("verify", "new.elf")
        found["linkguard-explain"] = self.linkguard(
            "explain", "--", *COMPILER, "main.o", "parser.o", "-Wl,--gc-sections", "-o", "x.elf"
        )
        found["linkguard-diff"] = self.linkguard("diff", "old.elf", "new.elf")
        found["linkguard-attest"] = self.linkguard(
            "attest", "--policy", "weir.toml", "new.elf", "-o", "release.json"
        )
        found["linkguard-record"] = self._record("exceptions", "verdict", "not_verified")
        (self.directory / "weir.toml").write_text(POLICY.replace("one block", "two blocks"))
        found["linkguard-check"] = self.linkguard(
            "attest", "--policy", "weir.toml", "--check", "release.json", "new.elf"
        )
        found["linkguard-exempt"] = self.linkguard(
            "exempt", "parser.o", "--out", "parser.exempt.o", "--reason", REASON
        )
        return found

    def _record(self, *keys: str) -> str:
        """Some fields of the record: hashes of an image belong to one compiler."""
        record = json.loads((self.directory / "release.json").read_text())
        shown = {key: record[key] for key in keys}
        return json.dumps(shown, indent=2) + "\n"


@cache
def steps() -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="tour-") as directory:
        return Tour(Path(directory).resolve()).steps()

"""A program of the size of a large firmware: 600 objects of 40 functions, all of them reachable.

Every function calls one in its own object and one in the next, so that a chain through the whole
program exists; the last object of the allocating kind calls malloc.
"""

from __future__ import annotations

import hashlib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

OBJECTS, FUNCTIONS = 600, 40
COMPILE = ("gcc", "-O0", "-g", "-w", "-ffunction-sections", "-fdata-sections", "-c", "-x", "c", "-")

FUNCTION = """
struct part_{o}_{f} {{ int id, count; struct part_{o}_{f} *next; unsigned char bytes[{size}]; }};
int work_{o}_{f}(struct part_{o}_{f} *part, int n)
{{
  int sum = {f};
  for (int i = 0; i < n; i++) {{ sum += part->bytes[i & 3] * i; part = part->next; }}
  total_{o} += sum;
  return sum + {near}(0, n - 1) + {far}(0, n - 2);
}}
"""


def source(number: int) -> str:
    """One file. Its functions call the next function here, and the same one in the next file."""
    lines = [f"static int total_{number};", "int last(void *, int);"]
    following = number + 1
    for f in range(FUNCTIONS):
        if following < OBJECTS:
            lines.append(f"int work_{following}_{f}();")
        lines.append(f"int work_{number}_{f}();")
    for f in range(FUNCTIONS):
        near = f"work_{number}_{f + 1}" if f + 1 < FUNCTIONS else "last"
        far = f"work_{following}_{f}" if following < OBJECTS else "last"
        size = 8 + (number * 7 + f) % 24
        lines.append(FUNCTION.format(o=number, f=f, size=size, near=near, far=far))
    return "\n".join(lines)


def rest_of(number: int) -> str:
    """What a program of so many objects calls in the next one."""
    return "\n".join(
        f"int work_{number}_{f}(void *p, int n) {{ return n; }}" for f in range(FUNCTIONS)
    )


MAIN = "int work_0_0(void *, int); int main(int c, char **v) { return work_0_0(v, c); }\n"
QUIET = "int last(void *p, int n) { return n; }\n"
ALLOCATING = (
    "#include <stdlib.h>\nvoid *volatile kept;\n"
    "int last(void *p, int n) { kept = malloc(n); return n; }\n"
)


def objects(directory: Path) -> list[Path]:
    """All objects but the end of the chain, compiled unless they are there."""
    texts = {f"part{number:03}": source(number) for number in range(OBJECTS)}
    texts["main"] = MAIN
    return compiled(texts, directory)


def compiled(texts: dict[str, str], directory: Path) -> list[Path]:
    directory.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda item: _compile(*item, directory), texts.items()))


def _compile(name: str, text: str, directory: Path) -> Path:
    key = hashlib.sha256("\0".join((*COMPILE, text)).encode()).hexdigest()[:12]
    output = directory / f"{name}-{key}.o"
    if not output.exists():
        subprocess.run([*COMPILE, "-o", output], input=text, text=True, check=True)
    return output

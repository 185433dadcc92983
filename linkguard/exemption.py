"""Objects that may allocate although the guard refuses it: marked in the object, by its name.

`linkguard exempt` adds a section that nothing loads. Linkers carry it into the image, one record
behind the other, so that who verifies the image reads who was let through, and why.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import NamedTuple

from linkguard.elf import Elf
from linkguard.errors import LinkguardError

SECTION = ".linkguard.exempt"


class Exemption(NamedTuple):
    """One exempted object or archive, by the name of its file."""

    file: str
    functions: tuple[str, ...]
    reason: str
    gate: bool = False  # its calls go through the sealed gate, which the policy allows or not

    def excuses(self, file: str, function: str) -> bool:
        """Whether a map's file name, `dir/x.o` or `dir/x.a(member)`, is this one's."""
        name = PurePath(file.partition("(")[0]).name
        return not self.gate and name == self.file and function in self.functions

    @property
    def words(self) -> str:
        names = ", ".join(f"'{name}'" for name in self.functions)
        how = "sent through the gate for" if self.gate else "exempted from the ban of"
        return f"'{self.file}' is {how} {names}: {self.reason}"


def encode(exemption: Exemption) -> bytes:
    import json

    return (json.dumps(exemption._asdict(), ensure_ascii=False) + "\n").encode("utf-8")


def exemptions_in(elf: Elf) -> tuple[Exemption, ...]:
    """The exemptions that an object or an image carries, each once."""
    found = set()
    for section in elf.sections:
        if section.name == SECTION:
            lines = elf.bytes_of(section).replace(b"\0", b"").splitlines()
            found |= {_decode(line, elf.label) for line in lines if line}
    return tuple(sorted(found))


def excused(exemptions: Iterable[Exemption]) -> frozenset[str]:
    """The functions that may be in the image for some object's sake."""
    return frozenset(name for e in exemptions if not e.gate for name in e.functions)


def _decode(line: bytes, label: str) -> Exemption:
    import json  # most images have none

    try:
        record = json.loads(line)
        return Exemption(
            str(record["file"]),
            tuple(map(str, record["functions"])),
            str(record["reason"]),
            bool(record["gate"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise LinkguardError(
            label, f"damaged section '{SECTION}': exempt its objects again and link anew"
        ) from error

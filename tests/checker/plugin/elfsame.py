"""What must not change when a compile is given the plugin: everything but the facts themselves.

Symbol tables renumber when a section is added, so relocations and address-significance tables are
compared by symbol name, and all other sections byte for byte.
"""

import struct
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import Section, SymbolTableSection

FACTS = ".weir.facts"
TABLES = {"SHT_SYMTAB", "SHT_STRTAB", "SHT_NULL"}
ADDRSIG = ".llvm_addrsig"

Row = tuple[object, ...]


def uleb_values(data: bytes) -> list[int]:
    values, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            values.append(value)
            value = shift = 0
    return values


def section_name(elf: ELFFile, index: int | str) -> str:
    return elf.get_section(index).name if isinstance(index, int) else index


def symbol_rows(elf: ELFFile, table: SymbolTableSection) -> list[Row]:
    """Each symbol as something that does not depend on numbering, in table order."""
    rows: list[Row] = []
    for symbol in table.iter_symbols():
        section = section_name(elf, symbol["st_shndx"])
        info = symbol["st_info"]
        name = symbol.name or section
        rows.append((name, section, symbol["st_value"], symbol["st_size"], info.type, info.bind))
    return rows


def section_rows(elf: ELFFile, section: Section, symbols: list[Row]) -> list[Row] | bytes:
    if isinstance(section, RelocationSection):
        return [
            (r["r_offset"], r["r_info_type"], symbols[r["r_info_sym"]], r.entry.get("r_addend"))
            for r in section.iter_relocations()
        ]
    if section.name == ADDRSIG:
        return sorted((symbols[index] for index in uleb_values(section.data())), key=str)
    if section["sh_type"] == "SHT_GROUP":
        flags, *members = struct.unpack(f"<{section['sh_size'] // 4}I", section.data())
        return [(flags, symbols[section["sh_info"]]), *((section_name(elf, m),) for m in members)]
    return bytes(section.data())


def contents(path: Path) -> dict[str, object]:
    """All that matters of an object, by a name that is unique within it."""
    with path.open("rb") as stream:
        elf = ELFFile(stream)
        table = elf.get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        symbols = symbol_rows(elf, table)
        found: dict[str, object] = {}
        for number, section in enumerate(
            s for s in elf.iter_sections() if s["sh_type"] not in TABLES and s.name != FACTS
        ):
            header = (section["sh_type"], section["sh_flags"], section["sh_addralign"])
            key = f"{number} {section.name}"
            found[key] = (header, section["sh_size"], section_rows(elf, section, symbols))
        found["symbols"] = sorted(
            (s for s in symbols if s[1] != FACTS), key=lambda row: [str(field) for field in row]
        )
        return found


def differences(plain: Path, built: Path) -> list[str]:
    """The names of what differs; empty when the code is the same."""
    left, right = contents(plain), contents(built)
    return sorted(key for key in left.keys() | right.keys() if left.get(key) != right.get(key))

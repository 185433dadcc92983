"""One object file into checker facts: what its machine code calls, takes and hides."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from linkguard import __version__, facts
from linkguard import elf as elf_format
from linkguard.code import Entity, Layout
from linkguard.elf import EM_ARM, EM_X86_64, Elf
from linkguard.errors import LinkguardError
from linkguard.facts import AddressFlag, AliasFlag, CallFlag, FunctionFlag, SiteFlag
from linkguard.lines import LineTable
from linkguard.location import Location
from linkguard.references import Kind, Reference, references

RUN_BY_STARTUP = (".init_array", ".preinit_array", ".fini_array", ".ctors", ".dtors")
STARTUP_CODE = (".init", ".fini")


def data_symbols(elf: Elf) -> set[str]:
    """The global symbols that are defined here and are not functions.

    An absolute symbol may be either: a function in ROM has no section and often no type.
    """
    functions = (elf_format.STT_FUNC, elf_format.STT_IFUNC)
    return {
        symbol.name
        for symbol in elf.symbols
        if symbol.bind != elf_format.STB_LOCAL
        and symbol.section not in (elf_format.SHN_UNDEF, elf_format.SHN_ABS)
        and symbol.type not in functions
        and not _in_code(elf, symbol.section)
    }


def _in_code(elf: Elf, section: int) -> bool:
    return section < len(elf.sections) and elf.sections[section].is_code


def summarize(
    elf: Elf, unit: str, known_data: Iterable[str] = (), strip_up: bool = False
) -> facts.Unit:
    """The facts of one object file.

    `known_data` are names that other members define as data: taking their address takes no
    function's. `strip_up` drops leading `../` from source paths, which start at a directory that
    no longer exists.
    """
    if any(symbol.name == "__gnu_lto_slim" for symbol in elf.symbols):
        raise LinkguardError(
            elf.label, "holds GCC's LTO code only, no machine code: build with -ffat-lto-objects"
        )
    return _Summary(elf, frozenset(known_data), strip_up).unit(unit)


def triple_of(elf: Elf) -> str:
    if elf.machine == EM_ARM:
        return "arm-none-eabi"
    if elf.machine == EM_X86_64:
        return "x86_64-unknown-elf"
    return f"riscv{64 if elf.is64 else 32}-unknown-elf"


class _Summary:
    def __init__(self, elf: Elf, known_data: frozenset[str], strip_up: bool) -> None:
        self.elf = elf
        self.known_data = known_data
        self.strip_up = strip_up
        self.layout = Layout(elf)
        self.lines = LineTable(self.layout)
        self.references = references(self.layout)
        self.grouped = _grouped_sections(elf)
        self.index: dict[int, int] = {}  # entity -> function
        self.undefined: dict[str, int] = {}
        self.functions: list[facts.Function] = []
        self.aliases: list[facts.Alias] = []

    def unit(self, name: str) -> facts.Unit:
        self._define()
        calls, sites, addresses = [], [], []
        for reference in self.references:
            source = self.layout.entities[reference.source]
            if reference.kind in (Kind.SITE, Kind.UNKNOWN):
                flag = SiteFlag.OPAQUE if reference.kind == Kind.UNKNOWN else SiteFlag.NONE
                caller = self.index[reference.source]
                sites.append(facts.Site(caller, flag, self._location(reference.place)))
            elif reference.kind == Kind.ADDRESS or not source.is_function:
                addresses += self._address(reference, source)
            elif (callee := self._function(reference)) is not None:
                calls.append(self._call(reference, callee))
        return facts.Unit(
            name=name,
            producer=f"linkguard {__version__}",
            triple=triple_of(self.elf),
            functions=tuple(self.functions),
            calls=tuple(dict.fromkeys(calls)),
            sites=tuple(dict.fromkeys(sites)),
            addresses=tuple(dict.fromkeys(addresses)),
            aliases=tuple(self.aliases),
        )

    def _define(self) -> None:
        """Enter the functions of this file, and every other name of each."""
        started = self._started()
        used = {number for r in self.references for number in (r.source, r.target)}
        for number, entity in enumerate(self.layout.entities):
            if not entity.is_function or (entity.is_gap and number not in used):
                continue
            flags = self._flags(entity, number in started)
            self.index[number] = len(self.functions)
            location = self._location(entity.start)
            names = [(alias.name, alias.bind, alias.type) for alias in entity.aliases]
            if entity.is_ifunc:
                names.insert(0, (entity.name, entity.bind, elf_format.STT_IFUNC))
                flags = flags & ~FunctionFlag.WEAK | FunctionFlag.LOCAL
            self.functions.append(facts.Function(_code_name(entity), flags, location))
            for alias, bind, type_ in names:
                kind = AliasFlag.IFUNC if type_ == elf_format.STT_IFUNC else AliasFlag.NONE
                self.aliases.append(facts.Alias(len(self.functions), self.index[number], kind))
                other = _bind_flags(bind) | flags & ~(FunctionFlag.LOCAL | FunctionFlag.WEAK)
                self.functions.append(facts.Function(alias, other, location))

    def _started(self) -> set[int]:
        """Entities whose address is in a table that runs before or after main."""
        return {
            reference.target
            for reference in self.references
            if reference.kind == Kind.ADDRESS
            and self._section_name(reference.source).startswith(RUN_BY_STARTUP)
        }

    def _section_name(self, number: int) -> str:
        return self.elf.sections[self.layout.entities[number].section].name

    def _flags(self, entity: Entity, started: bool) -> FunctionFlag:
        section = self.elf.sections[entity.section]
        flags = FunctionFlag.DEFINED | _bind_flags(entity.bind)
        if section.number in self.grouped:
            flags |= FunctionFlag.COMDAT
        if started or section.name in STARTUP_CODE:
            flags |= FunctionFlag.CONSTRUCTOR
        if section.flags & elf_format.SHF_GNU_RETAIN:
            flags |= FunctionFlag.RETAINED
        return flags

    def _function(self, reference: Reference) -> int | None:
        """The callee's index; None for data, whose address is no function's.

        What is called is code, whatever another member calls by that name.
        """
        if reference.target >= 0:
            return self.index.get(reference.target)
        if reference.kind == Kind.ADDRESS and reference.symbol in self.known_data:
            return None
        if reference.symbol not in self.undefined:
            self.undefined[reference.symbol] = len(self.functions)
            flags = self._undefined_flags.get(reference.symbol, FunctionFlag(0))
            self.functions.append(facts.Function(reference.symbol, flags, Location()))
        return self.undefined[reference.symbol]

    @cached_property
    def _undefined_flags(self) -> dict[str, FunctionFlag]:
        return {
            symbol.name: FunctionFlag.WEAK
            for symbol in self.elf.symbols
            if symbol.section == elf_format.SHN_UNDEF and symbol.bind == elf_format.STB_WEAK
        }

    def _call(self, reference: Reference, callee: int) -> facts.Call:
        flags = CallFlag.TAIL if reference.kind == Kind.JUMP else CallFlag.NONE
        if reference.inferred:
            flags |= CallFlag.INFERRED
        caller = self.index[reference.source]
        return facts.Call(caller, callee, flags, self._location(reference.place))

    def _address(self, reference: Reference, source: Entity) -> list[facts.Address]:
        function = self._function(reference)
        if function is None:
            return []
        flags = AddressFlag.UNTYPED
        location = Location()
        if source.is_code:
            location = self._location(reference.place) or self._location(source.start)
        else:
            flags |= AddressFlag.STATIC
        return [facts.Address(function, flags, _code_name(source), location)]

    def _location(self, address: int) -> Location:
        location = self.lines.at(address)
        return location.without_up() if self.strip_up else location


def _code_name(entity: Entity) -> str:
    """What to call the code of an entity: an ifunc's name is not its resolver's."""
    return f"{entity.name}.resolver" if entity.is_ifunc else entity.name


def _bind_flags(bind: int) -> FunctionFlag:
    if bind == elf_format.STB_LOCAL:
        return FunctionFlag.LOCAL
    return FunctionFlag.WEAK if bind == elf_format.STB_WEAK else FunctionFlag(0)


def _grouped_sections(elf: Elf) -> set[int]:
    """Sections that several objects may define alike (COMDAT)."""
    found: set[int] = set()
    for section in elf.sections:
        if section.type == elf_format.SHT_GROUP:
            data = elf.bytes_of(section)
            words = [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]
            if words and words[0] & 1:
                found.update(words[1:])
    return found

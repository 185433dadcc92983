"""`weir.toml`: what is banned and what is allowed. The rules are checker/policy/POLICY.md."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from linkguard import banlist
from linkguard.errors import LinkguardError, reason

DEFAULT_PRESETS = ("c-heap", "newlib-heap", "cxx-heap")
KEYS = {
    "ban": ("presets", "functions"),
    "roots": ("functions",),
    "init": ("functions", "callers"),
}
INIT_CALLERS = ("main", "_start", "Reset_Handler", "app_main")
ENTRY_KEYS = {"allow": ("caller", "callee", "reason"), "holds": ("variable", "reason")}
WRAP = "__wrap_"  # what --wrap puts before a name that is referred to
GATE = ("malloc_at_init", "calloc_at_init")  # guard/gate.c: memory until the system is sealed


def base_name(symbol: str) -> str:
    """The function that a symbol comes from: without clone suffix and version."""
    return re.split(r"(?<=.)[.@]", symbol, maxsplit=1)[0]


class NameSet:
    """Symbol names and `*` globs, asked by name."""

    __slots__ = ("_pattern", "exact", "globs")

    def __init__(self, names: Iterable[str]) -> None:
        ordered = tuple(dict.fromkeys(names))
        self.exact = frozenset(name for name in ordered if "*" not in name)
        self.globs = tuple(name for name in ordered if "*" in name)
        parts = [".*".join(map(re.escape, glob.split("*"))) for glob in self.globs]
        self._pattern = re.compile("(?:" + "|".join(parts) + r")\Z", re.DOTALL) if parts else None

    def __contains__(self, name: str) -> bool:
        return name in self.exact or bool(self._pattern and self._pattern.match(name))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NameSet) and self._parts == other._parts

    def __hash__(self) -> int:
        return hash(self._parts)

    @property
    def _parts(self) -> tuple[frozenset[str], tuple[str, ...]]:
        return self.exact, self.globs

    def __bool__(self) -> bool:
        return bool(self.exact or self.globs)


class Allow(NamedTuple):
    """One call that may be made, and why."""

    caller: str
    callee: str
    reason: str


class Policy(NamedTuple):
    """A policy file after checking."""

    path: str
    presets: tuple[str, ...]
    ban: NameSet
    roots: NameSet
    init: NameSet
    init_callers: NameSet  # who runs init code; other ways into it are findings
    allow: tuple[Allow, ...]

    @property
    def has_exceptions(self) -> bool:
        """Whether a banned function may be in the image rightly, for some callers."""
        return bool(self.init or self.allow)

    @property
    def linker_can_refuse(self) -> bool:
        """Whether the flags may rename references: the only callers let through are the gate's,
        which calls by the names that --wrap leaves for that."""
        return not self.init and all(_is_gate(entry.caller) for entry in self.allow)

    @property
    def has_gate(self) -> bool:
        return any(_is_gate(entry.caller) for entry in self.allow)

    @property
    def names_roots(self) -> bool:
        """Whether execution starts at functions that the policy names, not wherever it can."""
        return "*" not in self.roots.globs

    def bans(self, symbol: str) -> bool:
        """Whether a symbol is a banned function, its clone or its versioned form.

        Compilers name clones `malloc.constprop.0`, linkers imports `malloc@GLIBC_2.2.5`.
        """
        return symbol in self.ban or base_name(symbol) in self.ban

    def allows(self, caller: str, callee: str) -> bool:
        return any(
            caller in NameSet([entry.caller]) and callee in NameSet([entry.callee])
            for entry in self.allow
        )


def _is_gate(caller: str) -> bool:
    """Whether a name, or a glob that can match nothing else, is the gate's."""
    return caller in (*GATE, "*alloc_at_init")


def load(path: Path | None, today: date | None = None) -> Policy:
    """The policy in a file; without a file, the default one. Today is the clock's, in UTC."""
    if path is None:
        return parse("", "weir.toml")
    try:
        return parse(path.read_text("utf-8"), str(path), today)
    except OSError as error:
        raise LinkguardError(path, f"cannot read the policy: {reason(error)}") from error
    except UnicodeDecodeError as error:
        raise LinkguardError(path, "the policy is not UTF-8 text, save it as UTF-8") from error


def parse(text: str, path: str, today: date | None = None) -> Policy:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LinkguardError(*_syntax_error(path, str(error))) from error
    _check_tables(table, path)
    presets = tuple(_strings(table, "ban", "presets", path, DEFAULT_PRESETS))
    names = [name for preset in presets for name in _preset(preset, path)]
    _entries(table, "holds", path, today)  # the checker's: no image tells what variables hold
    return Policy(
        path=path,
        presets=presets,
        ban=NameSet([*names, *_symbols(table, "ban", path, ())]),
        roots=NameSet(_symbols(table, "roots", path, ("*",))),
        init=NameSet(_symbols(table, "init", path, ())),
        init_callers=NameSet(_strings(table, "init", "callers", path, INIT_CALLERS)),
        allow=tuple(_allow(entry) for entry in _entries(table, "allow", path, today)),
    )


def _syntax_error(path: str, message: str) -> tuple[str, str]:
    """Move the parser's "(at line L, column C)" to where an editor looks for it."""
    found = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if not found:
        return path, f"not TOML: {message[0].lower()}{message[1:]}"
    text = message[: found.start()]
    return f"{path}:{found[1]}:{found[2]}", f"not TOML: {text[0].lower()}{text[1:]}"


def _check_tables(table: Mapping[str, Any], path: str) -> None:
    for name, value in table.items():
        if name in ENTRY_KEYS:
            continue
        if name not in KEYS:
            known = ", ".join(f"[{key}]" for key in KEYS)
            raise LinkguardError(
                path, f"unknown table '{name}', known are {known}, [[allow]], [[holds]]"
            )
        if not isinstance(value, dict):
            raise LinkguardError(path, f"'{name}' must be a table, write [{name}]")
        for key in value:
            if key not in KEYS[name]:
                known = ", ".join(f"'{k}'" for k in KEYS[name])
                raise LinkguardError(path, f"unknown key '{key}' in [{name}], known are {known}")


def _strings(
    table: Mapping[str, Any], name: str, key: str, path: str, default: tuple[str, ...]
) -> Iterable[str]:
    value = table.get(name, {}).get(key, default)
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise LinkguardError(path, f"'{key}' in [{name}] must be an array of strings")
    if "" in value:
        raise LinkguardError(path, f"'{key}' in [{name}] has an empty name, remove it")
    return value


def _symbol(entry: str) -> str:
    """The symbol of an entry `name` or `file:name`. An image's symbols have no file to compare."""
    return entry.rpartition(":")[2]


def _symbols(
    table: Mapping[str, Any], name: str, path: str, default: tuple[str, ...]
) -> Iterable[str]:
    return map(_symbol, _strings(table, name, "functions", path, default))


def _preset(name: str, path: str) -> tuple[str, ...]:
    presets = banlist.shipped()
    if name not in presets.presets:
        known = ", ".join(presets.presets)
        raise LinkguardError(path, f"unknown preset '{name}' in [ban], known are {known}")
    return presets.functions_of(name)


def _entries(
    table: Mapping[str, Any], name: str, path: str, today: date | None
) -> list[dict[str, Any]]:
    """The tables of an array, each with the keys that it must have."""
    entries = table.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise LinkguardError(path, f"'{name}' must be an array of tables, write [[{name}]]")
    for entry in entries:
        _check_entry(entry, name, path)
        _check_expiry(entry, name, path, today)
    return entries


def _check_entry(entry: dict[str, Any], name: str, path: str) -> None:
    for key in entry:
        if key not in (*ENTRY_KEYS[name], "expires"):
            known = ", ".join(f"'{k}'" for k in (*ENTRY_KEYS[name], "expires"))
            raise LinkguardError(path, f"unknown key '{key}' in [[{name}]], known are {known}")
    for key in ENTRY_KEYS[name]:
        value = entry.get(key)
        if value is None:
            raise LinkguardError(path, f"an [[{name}]] entry without '{key}', add it")
        if not isinstance(value, str) or not value.strip():
            raise LinkguardError(path, f"'{key}' in [[{name}]] must be a string that is not empty")


def _allow(entry: dict[str, Any]) -> Allow:
    return Allow(_symbol(entry["caller"]), _symbol(entry["callee"]), entry["reason"])


def _check_expiry(entry: dict[str, Any], name: str, path: str, today: date | None) -> None:
    """The last day of an entry may not be over. The clock is asked only where there is one."""
    last = entry.get("expires")
    if last is None:
        return
    if not isinstance(last, date) or isinstance(last, datetime):
        raise LinkguardError(
            path, f"'expires' in [[{name}]] must be a date without quotes, like 2027-01-01"
        )
    if last < (today or datetime.now(UTC).date()):
        what = entry["variable"] if name == "holds" else f"{entry['caller']} -> {entry['callee']}"
        raise LinkguardError(
            path,
            f"the [[{name}]] entry '{what}' expired, its last day was {last}: "
            "remove the call, or decide anew and give the entry another day",
        )

"""The policy's exceptions as a rule on paths: what is left when their edges are cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from linkguard.elf import Elf
from linkguard.findings import UNUSED_POLICY, Finding, Note, Why
from linkguard.graph import Edge, cheapest
from linkguard.liveness import Hop, Image, Reason, Root, Use
from linkguard.location import Location
from linkguard.policy import INIT_CALLERS, NameSet, Policy

RUN_INIT = (Root.ENTRY, Root.STARTUP, Root.STARTUP_CODE)
LATE_ROOTS = (Root.VECTORS, Root.KEPT)


class PathRule:
    """A policy's exceptions, found in one image."""

    def __init__(self, image: Image, policy: Policy) -> None:
        self.image = image
        self.policy = policy
        self.names = [entity.names for entity in image.layout.entities]
        self.init = self._matching(policy.init)
        entries = [(NameSet([a.caller]), NameSet([a.callee])) for a in policy.allow]
        self.allowed = [(self._matching(a), self._matching(b), b) for a, b in entries]

    def _matching(self, names: NameSet) -> set[int]:
        if not names:
            return set()
        return {n for n, own in enumerate(self.names) if any(name in names for name in own)}

    def roots(self, image_roots: dict[int, int]) -> dict[int, int]:
        """Where the policy lets execution start; an image's own roots if it names no functions."""
        if not self.policy.names_roots:
            return image_roots
        return dict.fromkeys(sorted(self._matching(self.policy.roots)), 0)

    def left(
        self, uses: Iterable[Use], edges: Sequence[Edge], roots: dict[int, int]
    ) -> tuple[list[Use], list[Use]]:
        """The uses that no exception excuses: those that a root reaches, and the rest.

        What init code hands out outlives it: a function or table whose address is taken there, or
        a banned function itself, may be called at any time. No cut ends that.
        """
        starts = {number: cost for number, cost in roots.items() if number not in self.init}
        kept = [edge for edge in edges if not self._is_cut(edge)]
        runs = cheapest(roots, edges)
        cut = cheapest(starts, kept)
        for edge in edges:
            handed_out = _is_address(edge) and not cut.reaches(edge.source)
            if handed_out and runs.reaches(edge.source) and not self._is_no_news(edge):
                starts.setdefault(edge.target, 0)
        cut = cheapest(starts, kept)
        reached, unreached = [], []
        for use in uses:
            excused = use.source in self.init and use.hop != Hop.ADDRESS
            if excused or self._allows_use(use):
                continue
            if not runs.reaches(use.source):
                unreached.append(use)
            elif use.hop == Hop.ADDRESS or cut.reaches(use.source):
                reached.append(use)
        return reached, unreached

    def late(self, edges: Sequence[Edge]) -> list[tuple[int, list[Edge]]]:
        """Init code that an interrupt reaches, or what else starts by itself, with the way there.

        The entry point and [init] callers run init code in its time, and are not gone through.
        """
        callers = self._matching(self.policy.init_callers)
        kinds = self.image.roots
        callers |= {n for n, kind in kinds.items() if kind in RUN_INIT}
        starts = {n: 0 for n, kind in kinds.items() if kind in LATE_ROOTS and n not in callers}
        kept = [e for e in edges if e.source not in callers and e.target not in callers]
        paths = cheapest(starts, [e for e in kept if e.source not in self.init])
        return [(n, paths.to(n)) for n in sorted(self.init) if paths.reaches(n) and n not in starts]

    def _allows_use(self, use: Use) -> bool:
        return any(
            use.source in callers and use.banned in names for callers, _, names in self.allowed
        )

    def _is_cut(self, edge: Edge) -> bool:
        return edge.source in self.init or edge.target in self.init or self._is_allowed(edge)

    def _is_no_news(self, edge: Edge) -> bool:
        """Whether an address that init code takes is one of init code, or allowed to it."""
        return edge.target in self.init or self._is_allowed(edge)

    def _is_allowed(self, edge: Edge) -> bool:
        return any(
            edge.source in callers and edge.target in callees
            for callers, callees, _ in self.allowed
        )


def _is_address(edge: Edge) -> bool:
    return isinstance(edge.label, Reason) and edge.label.hop == Hop.ADDRESS


def unused(elf: Elf, policy: Policy, referred: Iterable[str] = ()) -> list[Finding]:
    """Exceptions for functions that the image does not have: policies rot, and inlining is loud.

    `referred` are names beside those of the symbol table.
    """
    if not policy.has_exceptions:
        return []
    known = {symbol.name for symbol in (*elf.symbols, *elf.dynamic_symbols)} | set(referred)
    gone = [
        (name, table)
        for name, table in _entries(policy)
        if not any(candidate in NameSet([name]) for candidate in known)
    ]
    hosts = _inlined_into(elf, policy, [name for name, _ in gone])
    return [_gone(policy, name, table, hosts.get(name, [])) for name, table in gone]


def _entries(policy: Policy) -> Iterator[tuple[str, str]]:
    for name in sorted(policy.init.exact | set(policy.init.globs)):
        yield name, "[init]"
    if policy.init_callers != NameSet(INIT_CALLERS):
        for name in sorted(policy.init_callers.exact | set(policy.init_callers.globs)):
            yield name, "[init] callers"
    if policy.names_roots:
        for name in sorted(policy.roots.exact | set(policy.roots.globs)):
            if not name.startswith("@"):  # a word of the checker's, for the source code
                yield name, "[roots]"
    for name in dict.fromkeys(allow.caller for allow in policy.allow):
        yield name, "[[allow]]"


def _inlined_into(elf: Elf, policy: Policy, names: Sequence[str]) -> dict[str, list[str]]:
    """For each name or glob, the functions that took its code in, as the debug information says."""
    if not names:
        return {}
    from linkguard import dwarf  # its library takes longer to load than a policy without faults

    instances = dwarf.inlined_instances(elf, policy._replace(ban=NameSet(names)))
    found: dict[str, list[str]] = {}
    for name in names:
        hosts = {i.caller for i in instances if i.function in NameSet([name])}
        found[name] = sorted(hosts)
    return found


def _gone(policy: Policy, name: str, table: str, hosts: Sequence[str]) -> Finding:
    place = Location(policy.path)
    if hosts:
        into = ", ".join(f"'{host}'" for host in hosts)
        text = f"'{name}' in {table} was inlined into {into}: the entry excuses nothing there"
        words = f"mark '{name}' noinline, so that paths through it can be told from others"
    else:
        text = f"'{name}' in {table} names nothing in the image"
        words = "remove the entry; if the function was inlined, mark it noinline"
    return Finding(UNUSED_POLICY, place, text, (Note(place, words, Why.REMEDY),), name)

"""The chains of all findings as one graph for graphviz: who keeps what, and why."""

from __future__ import annotations

from linkguard.findings import ROOTS, UNCERTAIN, Note, Report


def render(report: Report) -> str:
    nodes: dict[str, str] = {}
    edges: dict[tuple[str, str, str], str] = {}
    for finding in report.findings:
        if finding.subject:
            nodes[finding.subject] = "style=filled fillcolor=lightpink"
        for note in (*finding.notes, *finding.others):
            _add(note, nodes, edges)
    lines = [f"  {_quoted(name)} [{style}];" for name, style in sorted(nodes.items())]
    lines += [
        f"  {_quoted(source)} -> {_quoted(target)} [{style}];"
        for (source, target, _), style in sorted(edges.items())
    ]
    head = "digraph linkguard {\n  node [shape=box fontname=monospace];\n"
    return head + "".join(f"{line}\n" for line in lines) + "}\n"


def _add(note: Note, nodes: dict[str, str], edges: dict[tuple[str, str, str], str]) -> None:
    if not note.target:
        return  # a word beside the chain
    if note.why in ROOTS:
        nodes.setdefault(note.target, f"style=bold xlabel={_quoted(note.why)}")
        return
    for name in (note.source, note.target):
        nodes.setdefault(name, "style=solid")
    style = " style=dashed" if note.why in UNCERTAIN else ""
    edges[note.source, note.target, note.why] = f"label={_quoted(note.why)}{style}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

"""`linkguard ld`: what a shim runs. The real linker, then verify; explain when it fails.

The image reaches its place only when nothing was found in it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from linkguard import elf, explanation, files, policy, relink, verification
from linkguard.errors import ExitCode, LinkguardError, reason
from linkguard.exemption import exemptions_in
from linkguard.findings import Finding, Report
from linkguard.linkcommand import LinkCommand
from linkguard.output import text
from linkguard.policy import Policy

REFUSED = re.compile(rb"__wrap_([A-Za-z0-9_]+)")
LET_THROUGH = (
    "only the allocator itself or an exempted object uses: link without the script (flags "
    "--no-script), and on newlib send exempted objects through the gate (exempt --gate)"
)
GUARD_MESSAGE = re.compile(rb"__wrap_|discarded section", re.IGNORECASE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shim", type=Path, metavar="DIR", help="where the shim is")
    parser.add_argument("--name", default="ld", help="the name the linker was called by")
    parser.add_argument("--linker", metavar="PROGRAM", help="the real linker")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="default: the default presets")
    parser.add_argument("--audit", action="store_true", help="report and keep the image")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="-- ARGUMENT")


def run(arguments: argparse.Namespace) -> int:
    given = arguments.arguments[1:] if arguments.arguments[:1] == ["--"] else arguments.arguments
    linker = relink.find_linker(arguments.name, arguments.shim, arguments.linker)
    command = LinkCommand.of(given).with_guard_first()
    if not command.makes_image:
        return relink.pass_on(linker, given)
    if directory := os.environ.get(relink.CAPTURE):
        relink.link_to_explain(linker, command, Path(directory))
        return ExitCode.CLEAN
    rules = policy.load(arguments.policy)
    if arguments.audit:
        return _audited(linker, command.without_guard(rules), rules)
    return _guarded(linker, command, rules)


def _audited(linker: str, command: LinkCommand, rules: Policy) -> int:
    """Link as if there were no guard, then report what it would refuse: nothing is refused."""
    result = relink.run(linker, command)
    sys.stderr.buffer.write(result.stderr)
    sys.stderr.flush()
    output = command.output
    if result.returncode or not output.is_file():
        return result.returncode
    with tempfile.TemporaryDirectory(prefix="linkguard-") as name:
        image = Path(name) / output.name
        shutil.copyfile(output, image)
        try:
            findings = _findings(linker, command, rules, image)
        except LinkguardError as error:  # not able to judge is no reason to fail this link
            print(error, file=sys.stderr)
            return ExitCode.CLEAN
    _report(findings)
    if findings:
        print(f"{output}: note: audit: {len(findings)} findings, kept", file=sys.stderr)
    return ExitCode.CLEAN


def _guarded(linker: str, command: LinkCommand, rules: Policy) -> int:
    """Link beside the output, look at the image, and move it into place if it is clean.

    Else an older image goes too, as linkers do it: it would pass for one of these objects.
    """
    output = command.output
    scratch = _scratch(output)
    keep = False
    try:
        image = scratch / output.name
        result = relink.run(linker, command.with_output(image))
        sys.stderr.buffer.write(result.stderr)
        sys.stderr.flush()
        if result.returncode:
            if GUARD_MESSAGE.search(result.stderr):
                _report(_explain(linker, command, rules, scratch), result.stderr)
            return result.returncode
        if not image.exists():
            keep = True  # the linker was only asked something
            return ExitCode.CLEAN
        findings = _findings(linker, command, rules, image)
        if findings:
            _report(findings)
            return ExitCode.FINDINGS
        _name_as_output(command, image)
        _move(image, output)
        keep = True
        return ExitCode.CLEAN
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        if not keep and output.is_file():
            output.unlink()


def _scratch(output: Path) -> Path:
    """A directory on the output's file system, so that the image can be moved at once."""
    if output.is_dir():
        raise LinkguardError(output, "cannot link there: is a directory")
    try:
        beside = None if output.exists() and not output.is_file() else output.parent
        return Path(tempfile.mkdtemp(prefix=".linkguard-", dir=beside))
    except OSError as error:
        raise LinkguardError(output, f"cannot link there: {reason(error)}") from error


def _name_as_output(command: LinkCommand, image: Path) -> None:
    """Give the image its own name in maps and dependencies, which builds read and compare."""
    directory = f"{image.parent.name}/".encode()
    for path in command.files_naming_output:
        if path.is_file() and directory in (text := elf.read_file(path)):
            files.write_atomically(path, text.replace(directory, b""))


def _move(image: Path, output: Path) -> None:
    if output.exists() and not output.is_file():
        return  # a device: there is nothing to keep
    try:
        image.replace(output)
    except OSError as error:
        raise LinkguardError(output, f"cannot write it: {reason(error)}") from error


def _findings(linker: str, command: LinkCommand, rules: Policy, image: Path) -> list[Finding]:
    """What verify finds, with the chains that explain finds in the place of each."""
    looked_at = image
    if command.strips_symbols:
        looked_at = image.with_name("with-symbols.elf")
        relink.run(linker, command.with_symbols().with_output(looked_at), quiet=True)
    file = elf.Elf(elf.read_file(looked_at), str(command.output))
    verdict = verification.verify(file, rules)
    if not verdict.findings and not rules.has_exceptions and not verdict.suspects:
        return []
    chains = _explain(linker, command, rules, image.parent)
    if not verdict.findings and not rules.has_exceptions:
        return [chain for chain in chains if chain.subject in verdict.suspects]
    if rules.has_exceptions or exemptions_in(file):
        return [*chains, *verification.without_reference(file, rules)]
    explained = {finding.subject for finding in chains}
    rest = [finding for finding in verdict.findings if finding.subject not in explained]
    return [*chains, *rest]


def _explain(linker: str, command: LinkCommand, rules: Policy, scratch: Path) -> list[Finding]:
    directory = scratch / "explain"
    directory.mkdir(exist_ok=True)
    relink.link_to_explain(linker, command, directory)
    image = relink.load(directory, str(command.output))
    report = explanation.explain(image, rules)
    for limit in report.limits:
        print(f"{command.output}: note: {limit}", file=sys.stderr)
    return list(report.findings)


def _report(findings: list[Finding], refused: bytes = b"") -> None:
    """The findings; a refusal that no chain explains is one of code that is let through."""
    if refused and not findings:
        names = sorted({name.decode() for name in REFUSED.findall(refused)})
        words = ", ".join(f"'{name}'" for name in names) or "a discarded definition"
        print(f"linkguard: note: the linker refused {words}, which {LET_THROUGH}", file=sys.stderr)
    sys.stdout.write(text.render(Report(tuple(findings))))
    sys.stdout.flush()

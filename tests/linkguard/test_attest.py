"""Release records: deterministic, complete, and checked against what is there now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.linkguard.conftest import Outcome
from tests.linkguard.toolchains import FIXTURES, HOST, NANO, must

Run = Callable[..., Outcome]
ALLOW = '[[allow]]\ncaller = "main"\ncallee = "malloc"\nreason = "one block, at start-up"\n'


@pytest.fixture
def image(tmp_path: Path) -> Path:
    NANO.require()
    sources = [FIXTURES / "start.c", FIXTURES / "cases" / "call.c"]
    objects = [NANO.compile(s, tmp_path / f"{s.stem}.o", "-Os") for s in sources]
    must(*NANO.link_command(objects, tmp_path / "image.elf", "-Wl,--emit-relocs"))
    return tmp_path / "image.elf"


def test_a_record_says_what_was_verified(linkguard: Run, image: Path, tmp_path: Path) -> None:
    rules = tmp_path / "weir.toml"
    rules.write_text(ALLOW)
    outcome = linkguard("attest", "--policy", rules, image, "-o", tmp_path / "a.json")
    assert (outcome.status, outcome.out) == (0, f"{tmp_path}/a.json: 'image.elf': clean\n")
    text = (tmp_path / "a.json").read_text()
    record = json.loads(text)
    assert record["image"]["sha256"] == hashlib.sha256(image.read_bytes()).hexdigest()
    assert record["policy"]["sha256"] == hashlib.sha256(rules.read_bytes()).hexdigest()
    assert "malloc" in record["policy"]["banned"]
    assert record["verdict"] == "clean" and record["findings"] == []
    (allowed,) = record["exceptions"]["allow"]
    assert allowed == {
        "caller": "main",
        "callee": "malloc",
        "reason": "one block, at start-up",
    }
    assert record["evidence"] == {"debug_information": True, "relocations": True, "map": False}
    assert set(record["tools"]) == {"linkguard", "capstone", "pyelftools"}
    assert any("GCC" in line for line in record["image"]["made_by"])
    assert str(tmp_path) not in text
    assert linkguard("attest", "--policy", rules, image).out == text


def test_a_violation_is_recorded_too(linkguard: Run, image: Path) -> None:
    outcome = linkguard("attest", image)
    record = json.loads(outcome.out)
    assert (outcome.status, record["verdict"]) == (1, "violation")
    assert {f["subject"] for f in record["findings"]} >= {"malloc", "_malloc_r"}


def test_what_was_not_verified_is_in_the_record(linkguard: Run, tmp_path: Path) -> None:
    HOST.require()
    clean = HOST.compile(FIXTURES / "cases" / "clean.c", tmp_path / "c.o")
    must(*HOST.link_command([clean], tmp_path / "a.elf"))
    record = json.loads(linkguard("attest", tmp_path / "a.elf").out)
    assert any("shared libraries" in limit for limit in record["not_verified"])


def test_a_check_finds_every_change(linkguard: Run, image: Path, tmp_path: Path) -> None:
    rules, record = tmp_path / "weir.toml", tmp_path / "a.json"
    rules.write_text(ALLOW)
    assert linkguard("attest", "--policy", rules, image, "-o", record).status == 0
    check = ("attest", "--policy", rules, "--check", record, image)
    assert linkguard(*check) == Outcome(0, f"{record}: 'image.elf': clean, as recorded\n", "")

    rules.write_text(ALLOW.replace("one block", "two blocks"))
    outcome = linkguard(*check)
    assert outcome.status == 1
    assert "error: 'policy.sha256' was " in outcome.out
    assert "error: 'exceptions.allow' was " in outcome.out
    assert outcome.out.count("[weir-attestation]") == 2
    rules.write_text(ALLOW)

    data = image.read_bytes()
    image.write_bytes(data + b"\0")
    outcome = linkguard(*check)
    assert "'image.sha256' was" in outcome.out and "'image.size' was" in outcome.out
    image.write_bytes(data)

    older = json.loads(record.read_text())
    older["tools"]["linkguard"] = "0.0.1"
    record.write_text(json.dumps(older))
    outcome = linkguard(*check)
    assert (outcome.status, outcome.out) == (0, f"{record}: 'image.elf': clean, as recorded\n")
    assert "other versions of the tools wrote it" in outcome.err


def test_a_check_passes_no_violation_because_it_is_on_record(
    linkguard: Run, image: Path, tmp_path: Path
) -> None:
    record = tmp_path / "a.json"
    assert linkguard("attest", image, "-o", record).status == 1
    expected = Outcome(1, f"{record}: 'image.elf': violation, as recorded\n", "")
    assert linkguard("attest", "--check", record, image) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON: give what 'linkguard attest' wrote"),
        ("[]", "no attestation"),
        ('{"format": "linkguard-findings", "version": 1}', "no attestation"),
        ('{"format": "linkguard-attestation", "version": 9}', "an attestation of version 9"),
    ],
)
def test_a_record_that_is_none(
    linkguard: Run, image: Path, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "bad.json").write_text(text)
    outcome = linkguard("attest", "--check", tmp_path / "bad.json", image)
    assert outcome.status == 2 and f"bad.json: error: {message}" in outcome.err

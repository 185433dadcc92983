"""weir.toml: what it means, and every mistake with its message."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from linkguard import policy
from linkguard.errors import LinkguardError
from linkguard.policy import NameSet, base_name


def test_an_empty_file_bans_the_default_presets() -> None:
    rules = policy.parse("", "weir.toml")
    assert rules.bans("malloc") and rules.bans("_malloc_r") and rules.bans("_Znwm")
    assert not rules.bans("sbrk") and not rules.bans("free")
    assert not rules.has_exceptions


def test_presets_and_own_names_add_up() -> None:
    rules = policy.parse(
        '[ban]\npresets = ["sbrk"]\nfunctions = ["pvPortMalloc", "legacy_*"]', "weir.toml"
    )
    assert rules.bans("sbrk") and rules.bans("pvPortMalloc") and rules.bans("legacy_init")
    assert not rules.bans("malloc") and not rules.bans("my_legacy_init")


def test_clones_and_versions_count_as_the_function() -> None:
    rules = policy.parse("", "weir.toml")
    assert rules.bans("malloc.constprop.0") and rules.bans("malloc@GLIBC_2.2.5")
    assert not rules.bans("malloc_stats")
    assert base_name(".text") == ".text"


def test_globs_match_whole_names_only() -> None:
    names = NameSet(["a*z", "b.c"])
    assert "az" in names and "abz" in names and "b.c" in names
    assert "abzq" not in names and "bxc" not in names


def test_exceptions_are_read() -> None:
    rules = policy.parse(
        '[init]\nfunctions = ["boot_*"]\n'
        '[[allow]]\ncaller = "fs_mount"\ncallee = "fs_malloc"\nreason = "given a buffer"',
        "weir.toml",
    )
    assert rules.has_exceptions and "boot_init" in rules.init
    assert rules.allows("fs_mount", "fs_malloc") and not rules.allows("main", "fs_malloc")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[ban\n", "w.toml:1:5: error: not TOML: expected ']'"),
        ("[bans]", "w.toml: error: unknown table 'bans', known are [ban], [roots]"),
        ('[ban]\nfunction = ["x"]', "w.toml: error: unknown key 'function' in [ban], known are"),
        ("[init]\nreason = 1", "w.toml: error: unknown key 'reason' in [init]"),
        ("ban = 3", "w.toml: error: 'ban' must be a table, write [ban]"),
        ('[ban]\npresets = "c-heap"', "w.toml: error: 'presets' in [ban] must be an array"),
        ("[roots]\nfunctions = [1]", "w.toml: error: 'functions' in [roots] must be an array"),
        ('[ban]\nfunctions = [""]', "w.toml: error: 'functions' in [ban] has an empty name"),
        ('[ban]\npresets = ["heap"]', "w.toml: error: unknown preset 'heap' in [ban], known are"),
        ("allow = 1", "w.toml: error: 'allow' must be an array of tables, write [[allow]]"),
        ('[[allow]]\ncaller = "a"\ncallee = "b"', "w.toml: error: an [[allow]] entry without"),
        (
            '[[allow]]\ncaller = "a"\ncallee = "b"\nreason = " "',
            "w.toml: error: 'reason' in [[allow]] must be a string that is not empty",
        ),
        ('[[allow]]\nexpiry = "x"', "w.toml: error: unknown key 'expiry' in [[allow]]"),
    ],
)
def test_mistakes_are_named(text: str, message: str) -> None:
    with pytest.raises(LinkguardError) as error:
        policy.parse(text, "w.toml")
    assert str(error.value).startswith(message)


def test_a_policy_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(LinkguardError, match="cannot read the policy: no such file"):
        policy.load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(LinkguardError, match="not UTF-8"):
        policy.load(tmp_path / "bad.toml")


def test_an_entry_may_have_a_last_day() -> None:
    text = '[[allow]]\ncaller = "a"\ncallee = "malloc"\nreason = "x"\nexpires = 2027-01-01\n'
    assert policy.parse(text, "weir.toml", date(2027, 1, 1)).allows("a", "malloc")
    with pytest.raises(LinkguardError, match="'a -> malloc' expired, its last day was 2027-01-01"):
        policy.parse(text, "weir.toml", date(2027, 1, 2))
    with pytest.raises(LinkguardError, match="must be a date without quotes"):
        policy.parse(text.replace("2027-01-01", '"2027-01-01"'), "weir.toml")


def test_a_file_before_a_name_is_for_the_checker() -> None:
    rules = policy.parse(
        '[init]\nfunctions = ["src/boot.c:boot"]\ncallers = ["main"]\n'
        '[[allow]]\ncaller = "fs.c:mount"\ncallee = "malloc"\nreason = "x"\n',
        "weir.toml",
    )
    assert "boot" in rules.init
    assert rules.allows("mount", "malloc")


def test_what_variables_hold_is_for_the_checker() -> None:
    text = '[[holds]]\nvariable = "driver.open"\nreason = "set once"\n'
    assert policy.parse(text, "weir.toml") == policy.parse("", "weir.toml")
    for wrong in (text + 'by = "me"\n', text.replace("variable", "name"), "holds = 1"):
        with pytest.raises(LinkguardError, match="holds"):
            policy.parse(wrong, "weir.toml")
    with pytest.raises(LinkguardError, match=r"'driver\.open' expired"):
        policy.parse(text + "expires = 2026-01-01\n", "weir.toml", date(2026, 1, 2))

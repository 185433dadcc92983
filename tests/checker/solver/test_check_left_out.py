"""What was compiled and left out of the image neither runs nor takes an address."""

import pytest
from checking import Checker, Code
from factswriter import LOCAL, OPAQUE, RETAINED, Unit

HOOK = "_ZTSFPvjE.generalized"
FOUND = "'main' reaches banned function 'malloc' [weir-banned-call]"
MAIN = "[ban]\nfunctions = ['malloc']\n[roots]\nfunctions = ['main']\n"


def linked(checker: Checker, symbols: str, unit: Unit) -> str:
    """An image with this symbol table; `part` says that local functions are in it."""
    return checker.image("fw.elf", checker.object("a.o", symbols, unit.define("part", LOCAL)))


def hooked() -> Unit:
    """`main` calls a hook; only `install` gives one."""
    unit = Unit("a.c").define("main").define("install").define("pool", type=HOOK)
    unit.define("take", type=HOOK).call("take", "malloc")
    return unit.site("main", HOOK).address("take", "install", HOOK)


def test_an_address_taken_by_what_was_left_out_is_not_taken(checker: Checker, code: Code) -> None:
    def pooled() -> Unit:
        return hooked().address("pool", "main", HOOK)

    there = linked(checker, code("main", "pool", "install", local=("part",)), pooled())
    assert FOUND in checker.check(there, policy=MAIN).out
    left_out = linked(checker, code("main", "pool", local=("part",)), pooled())
    assert checker.check(left_out, policy=MAIN).status == 0


def test_what_was_inlined_still_takes_it(checker: Checker, code: Code) -> None:
    unit = hooked().declare("install", LOCAL).define("between", LOCAL)
    unit.call("main", "between").call("between", "install")
    image = linked(checker, code("main", local=("part",)), unit)
    assert FOUND in checker.check(image, policy=MAIN).out


def test_what_is_called_through_a_pointer_takes_it(checker: Checker, code: Code) -> None:
    """No symbol of `install`, as when the compiler knew the pointer and inlined what it holds."""
    unit = hooked().declare("install", LOCAL).address("install", "main")
    image = linked(checker, code("main", local=("part",)), unit)
    assert FOUND in checker.check(image, policy=MAIN).out


def test_what_is_another_name_of_it_takes_it(checker: Checker, code: Code) -> None:
    unit = hooked().declare("install", LOCAL).declare("setup").alias("setup", "install")
    image = linked(checker, code("main", "setup", local=("part",)), unit)
    assert FOUND in checker.check(image, policy=MAIN).out


def test_what_is_entered_from_outside_takes_it(checker: Checker, code: Code) -> None:
    unit = hooked().declare("install", LOCAL | RETAINED)
    image = linked(checker, code("main", local=("part",)), unit)
    assert FOUND in checker.check(image, policy=MAIN).out


@pytest.mark.parametrize("suffix", ["%sEv", "%sIiEET_", "%sB3tagEv", "I%s4BaseEi"])
def test_either_variant_of_a_constructor_takes_it(
    checker: Checker, code: Code, suffix: str
) -> None:
    """The syntax tree knows one constructor, the image may hold another variant of it: of a plain
    one, a template, one with a tag, one that is inherited."""
    complete, base = ("_ZN4HookC" + suffix % variant for variant in "12")
    unit = Unit("a.cpp").define("main").define("take", type=HOOK).call("take", "malloc")
    unit.site("main", HOOK).define(complete).define(base).call("main", base)
    unit.address("take", complete, HOOK)
    image = linked(checker, code("main", base, local=("part",)), unit)
    assert FOUND in checker.check(image, policy=MAIN).out


def test_an_image_without_local_symbols_does_not_tell(checker: Checker, code: Code) -> None:
    image = linked(checker, code("main", local=("part",)), hooked())
    assert FOUND not in checker.check(image, policy=MAIN).out
    checker.tool("objcopy", "--discard-all", image)
    assert FOUND in checker.check(image, policy=MAIN).out


def test_objects_hold_all_that_they_define(checker: Checker, code: Code) -> None:
    path = checker.object("a.o", code("main", "install"), hooked())
    assert FOUND in checker.check(path, policy=MAIN).out
    assert FOUND in checker.check(hooked(), policy=MAIN).out


def test_an_address_that_hides_its_type_counts_only_there(checker: Checker, code: Code) -> None:
    unit = Unit("a.c").define("main").define("install").define("take").call("take", "malloc")
    unit.site("main", HOOK).address("take", "install", flags=OPAQUE)
    image = linked(checker, code("main", local=("part",)), unit)
    result = checker.check(image, policy=MAIN)
    assert [error.rsplit("[")[-1] for error in result.errors] == ["weir-unresolved-indirect]"]


def test_a_glob_means_only_roots_that_may_run(checker: Checker, code: Code) -> None:
    unit = Unit("a.c").define("api_one").define("api_two").call("api_two", "malloc")
    image = linked(checker, code("api_one", local=("part",)), unit)
    policy = "[ban]\nfunctions = ['malloc']\n[roots]\nfunctions = ['{}']\n"
    assert checker.check(image, policy=policy.format("api_*")).status == 0
    assert checker.check(image, policy=policy.format("api_two")).status == 1
    assert "[weir-unused-policy]" in checker.check(image, policy=policy.format("api_t*")).out

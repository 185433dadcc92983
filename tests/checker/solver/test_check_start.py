"""What runs before main and after it, and which body a name has in an image.

The facts know constructors from the compiler's own lists. An array may be filled by hand, and a
linker may be told to take one function for another: the files themselves say so.
"""

import pytest
from checking import Checker, Code, Result
from factswriter import CONSTRUCTOR, LOCAL, Unit

MAIN = "[roots]\nfunctions = ['main']\n"
QUIET = Unit("a.c").define("main")


def array(section: str, *functions: str) -> str:
    entries = "\n".join(f".quad {name}" for name in functions)
    return f'.section {section},"aw"\n{entries}\n.text\n'


def late() -> Unit:
    return Unit("a.c").define("main").define("late").call("late", "malloc")


ARRAYS = (".init_array", ".init_array.00100", ".fini_array", ".preinit_array", ".ctors", ".dtors")


@pytest.mark.parametrize("section", ARRAYS)
@pytest.mark.parametrize("kind", ["object", "image", "pie"])
def test_an_array_filled_by_hand_starts_its_functions(
    checker: Checker, code: Code, section: str, kind: str
) -> None:
    path = checker.object("a.o", code("main", "late") + array(section, "late"), late())
    if kind != "object":
        checker.tool("ld", "-e", "main", *(["-pie"] if kind == "pie" else []), "-o", "fw.elf", path)
        path = "fw.elf"
    result = checker.check(path, policy=MAIN)
    assert result.errors == ["'late' reaches banned function 'malloc' [weir-banned-call]"]


def test_a_local_function_is_found_by_its_place(checker: Checker, code: Code) -> None:
    unit = Unit("a.c").define("main").define("late", LOCAL).call("late", "malloc")
    path = checker.object("a.o", code("main", local=("late",)) + array(".init_array", "late"), unit)
    assert checker.check(path, policy=MAIN).status == 1
    assert checker.check(checker.image("fw.elf", path), policy=MAIN).status == 1


def test_a_place_is_found_where_relocations_have_no_addends(checker: Checker, code: Code) -> None:
    """As on 32-bit x86 and ARM: the array itself holds what is added to the section's address."""
    unit = Unit("a.c").define("main").define("early", LOCAL).define("late", LOCAL)
    text = code("main", local=("early", "late"))
    for started, status in (("early", 0), ("late", 1)):
        table = f'.section .init_array,"aw"\n.long 0, {started}\n'
        path = checker.object(
            f"{started}.o", text + table, unit.call("late", "malloc"), flags=["--32"]
        )
        assert checker.check(path, policy=MAIN).status == status, started


def test_an_array_inside_another_section_is_found_by_its_labels(
    checker: Checker, code: Code
) -> None:
    """As the linker scripts of many firmwares have it."""
    checker.write(
        "fw.ld",
        "SECTIONS { .text : { *(.text) __init_array_start = .; KEEP(*(.init_array))"
        " __init_array_end = .; } .weir.facts 0 : { KEEP(*(.weir.facts)) } }\n",
    )
    path = checker.object("a.o", code("main", "late") + array(".init_array", "late"), late())
    checker.tool("ld", "-e", "main", "-T", "fw.ld", "-o", "fw.elf", path)
    assert checker.check("fw.elf", policy=MAIN).status == 1


def test_an_array_that_holds_what_calls_nothing_is_clean(checker: Checker, code: Code) -> None:
    unit = Unit("a.c").define("main").define("early")
    path = checker.object("a.o", code("main", "early") + array(".init_array", "early"), unit)
    assert checker.check(checker.image("fw.elf", path), policy=MAIN).verdict == "clean"


def test_a_root_that_is_not_main_does_not_start_the_arrays(checker: Checker, code: Code) -> None:
    unit = late().define("tick")
    path = checker.object("a.o", code("main", "late", "tick") + array(".init_array", "late"), unit)
    policy = "[roots]\nfunctions = ['tick']\n"
    assert checker.check(checker.image("fw.elf", path), policy=policy).status == 0


def started_without_facts(checker: Checker, code: Code, name: str) -> Result:
    app = checker.object("a.o", code("main"), QUIET)
    vendor = checker.object("v.o", code(local=(name,)) + array(".init_array", name))
    return checker.check(checker.image("fw.elf", app, vendor), policy=MAIN)


def test_a_function_without_facts_that_runs_at_start_is_unproven(
    checker: Checker, code: Code
) -> None:
    result = started_without_facts(checker, code, "vendor_start")
    assert result.errors == [
        "root 'vendor_start' has no facts, so what it calls is not known [weir-unproven-root]"
    ]


@pytest.mark.parametrize("roots", ["main", "*"])
def test_a_function_of_no_known_unit_that_a_table_starts_is_unproven(
    checker: Checker, roots: str
) -> None:
    unit = Unit("a.c").define("main").declare("late", CONSTRUCTOR)
    policy = f"[roots]\nfunctions = ['{roots}']\n"
    assert checker.check(unit, policy=policy).errors == [
        "root 'late' has no facts, so what it calls is not known [weir-unproven-root]"
    ]
    known = Unit("b.c").define("late").call("late", "malloc")
    assert checker.check(unit, known, policy=policy).errors == [
        "'late' reaches banned function 'malloc' [weir-banned-call]"
    ]


def test_what_the_compiler_itself_starts_is_known(checker: Checker, code: Code) -> None:
    assert started_without_facts(checker, code, "frame_dummy").verdict == "clean"


def test_a_place_without_a_symbol_is_unproven(checker: Checker, code: Code) -> None:
    text = code("main", local=("other",)) + array(".init_array", "0x1234")
    path = checker.object("a.o", text, Unit("a.c").define("main").define("other", LOCAL))
    result = checker.check(checker.image("fw.elf", path), policy=MAIN)
    assert "'a function without a symbol'" in result.errors[0]
    assert result.verdict == "unproven"


def linked(checker: Checker, objects: list[str], *options: str) -> str:
    checker.tool("ld", "-e", "main", "-o", "fw.elf", *objects, *options)
    return "fw.elf"


def two_bodies(flags: int = 0) -> Unit:
    unit = Unit("a.c").define("main").define("harmless", flags).define("evil")
    return unit.call("main", "harmless").call("evil", "malloc")


def test_a_name_that_the_linker_was_told_to_take_for_another(checker: Checker, code: Code) -> None:
    path = checker.object("a.o", code("main", "harmless", "evil"), two_bodies())
    assert checker.check(linked(checker, [path]), policy=MAIN).status == 0
    result = checker.check(linked(checker, [path], "--defsym=harmless=evil"), policy=MAIN)
    assert result.errors == ["'main' reaches banned function 'malloc' [weir-banned-call]"]
    assert "'harmless' is another name of 'evil'" in result.out


def test_such_a_name_may_be_taken_for_what_is_banned(checker: Checker, code: Code) -> None:
    unit = two_bodies().define("malloc")
    path = checker.object("a.o", code("main", "harmless", "evil", "malloc"), unit)
    image = linked(checker, [path], "--defsym=harmless=malloc")
    assert checker.check(image, policy=MAIN).errors == [
        "'main' reaches banned function 'malloc' [weir-banned-call]"
    ]


def test_one_address_for_two_bodies_bans_neither(checker: Checker, code: Code) -> None:
    """A linker that folds equal bodies may put a stub of malloc where another stub is."""
    names = code("main", "harmless", "stub") + ".globl malloc\n.set malloc, stub\n"
    unit = Unit("a.c").define("main").define("stub").define("malloc").call("main", "stub")
    path = checker.object("a.o", names + ".type malloc, @function\n", unit)
    result = checker.check(linked(checker, [path]), policy=MAIN)
    assert result.errors == ["'main' reaches banned function 'malloc' [weir-banned-call]"]
    assert "'stub' is another name of 'malloc'" in result.out


def test_a_local_label_of_assembly_that_an_array_starts_is_unproven(
    checker: Checker, code: Code
) -> None:
    """It has no type, so that it is no function in the symbol table."""
    app = checker.object("a.o", code("main"), QUIET)
    boot = checker.object("b.o", ".text\nboot: jmp malloc\n" + array(".init_array", "boot"))
    library = checker.object("c.o", code("malloc"))
    for options in ([], ["-x"], ["-pie"]):
        result = checker.check(linked(checker, [app, boot, library], *options), policy=MAIN)
        assert "'a function without a symbol'" in result.out, options
        assert result.verdict == "unproven", options


def test_an_array_may_start_the_function_of_another_object(checker: Checker, code: Code) -> None:
    filled = checker.object("a.o", code("main") + array(".init_array", "late"), QUIET)
    known = Unit("b.c").define("late").call("late", "malloc")
    other = checker.object("b.o", code("late"), known)
    assert checker.check(filled, other, policy=MAIN).errors == [
        "'late' reaches banned function 'malloc' [weir-banned-call]"
    ]
    assert checker.check(filled, policy=MAIN).errors == [
        "root 'late' has no facts, so what it calls is not known [weir-unproven-root]"
    ]

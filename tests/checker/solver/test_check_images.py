"""What weir-check makes of symbol tables: objects, archives, images."""

import pytest
from checking import Checker, Code
from factswriter import COMDAT, INITIALIZER, LOCAL, MEMBER, WEAK, Unit

VOID = "_ZTSFvvE.generalized"


def test_an_object_carries_its_facts(checker: Checker, code: Code) -> None:
    path = checker.object("a.o", code("main"), Unit("a.c").define("main").call("main", "malloc"))
    assert checker.check(path).errors == [
        "'main' reaches banned function 'malloc' [weir-banned-call]"
    ]


def test_an_image_holds_the_facts_of_all_its_objects(checker: Checker, code: Code) -> None:
    app = Unit("a.c").define("main").call("main", "work")
    lib = Unit("b.c").define("work").call("work", "malloc")
    image = checker.image(
        "fw.elf", checker.object("a.o", code("main"), app), checker.object("b.o", code("work"), lib)
    )
    assert "b.c: note: 'work' calls 'malloc'" in checker.check(image).out


def test_a_function_that_was_collected_is_no_root(checker: Checker, code: Code) -> None:
    app = Unit("a.c").define("main").define("collected").call("collected", "malloc")
    path = checker.image("fw.elf", checker.object("a.o", code("main"), app))
    assert checker.check(path).status == 0
    assert checker.check(path, policy="[roots]\nfunctions = ['collected']\n").status == 1


def test_a_function_that_was_inlined_is_still_followed(checker: Checker, code: Code) -> None:
    app = Unit("a.c").define("main").define("helper", LOCAL).call("main", "helper")
    app.call("helper", "malloc")
    path = checker.image("fw.elf", checker.object("a.o", code("main"), app))
    assert checker.check(path).status == 1


def test_image_functions_without_facts_are_unproven(checker: Checker, code: Code) -> None:
    app = checker.object("a.o", code("main"), Unit("a.c").define("main"))
    vendor = checker.object("v.o", code("vendor_run", local=("vendor_part",)))
    result = checker.check(checker.image("fw.elf", app, vendor))
    assert result.errors == [
        "2 functions have no facts, so what is called from there is not known [weir-unproven-root]"
    ]
    assert "fw.elf: note: without facts: 'vendor_part', 'vendor_run'" in result.out
    assert (result.status, result.verdict) == (1, "unproven")


def test_assembly_without_a_type_directive_is_code_too(checker: Checker, code: Code) -> None:
    app = checker.object("a.o", code("main"), Unit("a.c").define("main"))
    start = checker.object("s.o", ".text\n.globl reset\nreset: nop\n")
    assert "'reset'" in checker.check(checker.image("fw.elf", app, start)).out


def test_a_second_function_of_a_known_name_is_unproven(checker: Checker, code: Code) -> None:
    app = Unit("a.c").define("main").define("helper", LOCAL)
    known = checker.object("a.o", code("main", local=("helper",)), app)
    unknown = checker.object("b.o", code(local=("helper",)))
    assert checker.check(checker.image("one.elf", known)).status == 0
    result = checker.check(checker.image("two.elf", known, unknown))
    assert "without facts: 'helper'" in result.out


def test_a_clone_is_its_origin(checker: Checker, code: Code) -> None:
    app = Unit("a.c").define("main").define("work", LOCAL).call("work", "malloc")
    local = ("work.constprop.0", "OUTLINED_FUNCTION_0")
    path = checker.image("fw.elf", checker.object("a.o", code("main", local=local), app))
    assert checker.check(path).errors == [
        "'work' reaches banned function 'malloc' [weir-banned-call]"
    ]


def test_a_name_at_the_place_of_a_known_function_is_known(checker: Checker, code: Code) -> None:
    app = Unit("a.c").define("main").define("Default_Handler").call("Default_Handler", "malloc")
    names = code("main", "Default_Handler") + (
        ".globl Tick_Handler\n.type Tick_Handler, @function\n.set Tick_Handler, Default_Handler\n"
    )
    path = checker.image("fw.elf", checker.object("a.o", names, app))
    result = checker.check(path, policy="[roots]\nfunctions = ['Tick_Handler']\n")
    assert "'Tick_Handler' is another name of 'Default_Handler'" in result.out


def test_a_member_of_an_archive_is_named(checker: Checker, code: Code) -> None:
    first = checker.object("a.o", code("main"), Unit("a.c").define("main").call("main", "f"))
    second = checker.object("b.o", code("f"), Unit("b.c").define("f").call("f", "malloc"))
    asm = checker.object("asm.o", code("g"))
    checker.tool("ar", "rc", "all.a", first, second, asm)
    checker.tool("ar", "rcT", "thin.a", first, second)
    result = checker.check("all.a")
    assert "all.a(asm.o): note: without facts: 'g'" in result.out
    assert len(result.errors) == 2
    assert len(checker.check("thin.a").errors) == 1


def test_an_object_goes_before_an_archive(checker: Checker, code: Code) -> None:
    dirty = checker.object("b.o", code("f"), Unit("b.c").define("f").call("f", "malloc"))
    checker.tool("ar", "rc", "lib.a", dirty)
    own = Unit("a.c").define("main").call("main", "f").define("f")
    path = checker.object("a.o", code("main", "f"), own)
    policy = "[roots]\nfunctions = ['main']\n"
    assert checker.check("lib.a", path, policy=policy).status == 0


def member(name: str) -> Unit:
    return Unit(f"lib.a({name})", MEMBER, "none")


def test_a_weak_reference_to_an_absent_member_leads_nowhere(checker: Checker, code: Code) -> None:
    """The library's code calls it if it is there; the image says it is not."""
    app = Unit("a.c").define("main").call("main", "print")
    lib = [
        member("print.o").define("print").call("print", "print_float"),
        member("float.o").define("print_float").call("print_float", "malloc"),
    ]
    without = checker.object("a.o", code("main", "print"), app)
    assert checker.check(checker.image("one.elf", without), *lib).status == 0
    there = checker.object("b.o", code("main", "print", "print_float", "malloc"), app)
    assert checker.check(checker.image("two.elf", there), *lib).status == 1


def test_a_call_of_a_unit_is_followed_into_an_absent_member(checker: Checker, code: Code) -> None:
    """A compiler may have put puts in the place of printf; what printf does still counts."""
    app = Unit("a.c").define("main").call("main", "printf")
    lib = member("printf.o").define("printf").call("printf", "malloc")
    image = checker.image("fw.elf", checker.object("a.o", code("main"), app))
    assert checker.check(image, lib).status == 1


def test_library_code_that_only_shares_a_section_is_no_root(checker: Checker, code: Code) -> None:
    app = Unit("a.c").define("main").call("main", "used")
    lib = member("both.o").define("used").define("beside").call("beside", "malloc")
    image = checker.image(
        "fw.elf", checker.object("a.o", code("main", "used", "beside", "malloc"), app)
    )
    assert checker.check(image, lib).status == 0
    held = member("vectors.o").address("beside", "vectors", flags=INITIALIZER)
    assert checker.check(image, lib, held).status == 1


def test_the_entry_point_is_a_root_though_a_library_has_it(checker: Checker, code: Code) -> None:
    lib = member("crt0.o").define("main").call("main", "app").call("main", "malloc")
    app = checker.object("a.o", code("main", "app", "malloc"), Unit("a.c").define("app"))
    assert checker.check(checker.image("fw.elf", app), lib).errors == [
        "'main' reaches banned function 'malloc' [weir-banned-call]"
    ]


def test_an_address_in_a_member_counts_when_the_function_is_there(
    checker: Checker, code: Code
) -> None:
    app = Unit("a.c").define("main").site("main", VOID).define("ok", type=VOID)
    app.address("ok", "t", VOID)
    lib = member("x.o").define("taker").define("loud", LOCAL).address("loud", "taker")
    lib.call("loud", "malloc")
    without = checker.object("a.o", code("main", "ok"), app)
    there = checker.object("b.o", code("main", "ok", "taker", "malloc", local=("loud",)), app)
    assert checker.check(checker.image("one.elf", without), lib).status == 1
    with_locals = checker.object("c.o", code("main", local=("ok",)), app)
    assert checker.check(checker.image("two.elf", with_locals), lib).status == 0
    assert checker.check(checker.image("three.elf", there), lib).status == 1


def test_comdat_functions_of_two_objects_are_one_place(checker: Checker, code: Code) -> None:
    app = Unit("a.cpp").define("main").define("inl", COMDAT).call("main", "inl")
    other = Unit("b.cpp").define("inl", COMDAT)
    weak = ".text\n.weak inl\n.type inl, @function\ninl: nop\n"
    image = checker.image(
        "fw.elf",
        checker.object("a.o", code("main") + weak, app),
        checker.object("b.o", weak, other),
    )
    assert checker.check(image).status == 0


def test_a_librarys_call_that_the_linker_wrapped_is_not_lost(checker: Checker, code: Code) -> None:
    """`ld --wrap=grow` leaves no `grow`: what the library calls is there as `__wrap_grow`."""
    app = Unit("a.c").define("main").call("main", "lib").define("__wrap_grow")
    app.call("__wrap_grow", "sbrk")
    image = checker.image("fw.elf", checker.object("a.o", code("main", "lib", "__wrap_grow"), app))
    lib = Unit("l.a(l.o)", MEMBER, "none").define("lib").call("lib", "grow")
    policy = "[ban]\nfunctions = ['sbrk']\n[roots]\nfunctions = ['main']\n"
    result = checker.check(image, lib, policy=policy)
    assert result.errors == [
        "'main' reaches banned function 'sbrk' [weir-banned-call]",
        "'main' reaches 'grow', of which no facts are known [weir-unproven-call]",
    ]


def test_a_wrapped_function_may_be_what_wraps_it(checker: Checker) -> None:
    """Nothing in the facts tells whether `ld --wrap` was given: both are followed."""
    app = Unit("a.c").define("main").define("put").call("main", "put").call("put", "calloc")
    app.define("__wrap_put").call("__wrap_put", "malloc").call("__wrap_put", "__real_put")
    policy = "[roots]\nfunctions = ['main']\n"
    result = checker.check(app, policy=policy)
    assert sorted(result.errors) == [
        "'main' reaches banned function 'calloc' [weir-banned-call]",
        "'main' reaches banned function 'malloc' [weir-banned-call]",
    ]
    assert "'put' may be wrapped by the linker as '__wrap_put'" in result.out
    assert checker.run("explain", "__real_put", "put", checker.file(app)).status == 0


def test_what_wraps_may_have_been_inlined(checker: Checker, code: Code) -> None:
    app = Unit("a.c").define("main").define("part", LOCAL).define("put").call("main", "put")
    app.define("__wrap_put").site("main", "t").address("take", "__wrap_put", "t")
    app.define("take", type="t").call("take", "malloc")
    image = checker.image("fw.elf", checker.object("a.o", code("main", local=("part",)), app))
    policy = "[roots]\nfunctions = ['main']\n"
    assert "'main' reaches banned function 'malloc'" in checker.check(image, policy=policy).out


def vendor_image(checker: Checker, code: Code, vendor_file: str) -> str:
    """`reset` of a.c was inlined, so that the image's only `reset` is the vendor's."""
    app = Unit("src/a.c").define("main").define("reset", LOCAL).call("main", "reset")
    first = checker.object("a.o", '.file "a.c"\n' + code("main"), app)
    vendor = checker.object("v.o", f'.file "{vendor_file}"\n' + code("run", local=("reset",)))
    return checker.image("fw.elf", first, vendor)


def test_a_local_function_of_another_file_is_not_the_inlined_one(
    checker: Checker, code: Code
) -> None:
    result = checker.check(vendor_image(checker, code, "vendor.c"))
    assert result.verdict == "unproven"
    assert "without facts: 'reset', 'run'" in result.out


def test_a_local_function_of_the_same_file_is_known(checker: Checker, code: Code) -> None:
    result = checker.check(vendor_image(checker, code, "a.c"))
    assert "without facts: 'run'\n" in result.out


def test_preprocessed_and_link_time_optimised_code_keep_their_functions(
    checker: Checker, code: Code
) -> None:
    app = Unit("src/a.i").define("main").define("reset", LOCAL).call("main", "reset")
    for name in ("a.c", "ld-temp.o", "<artificial>"):
        text = f'.file "{name}"\n' + code("main", local=("reset",))
        image = checker.image("fw.elf", checker.object("a.o", text, app))
        assert checker.check(image).status == 0, name


def test_a_strong_definition_without_facts_goes_before_a_weak_one(
    checker: Checker, code: Code
) -> None:
    """The symbol table says that its function is not the one of which there are facts."""
    app = Unit("a.c").define("main").call("main", "hook").define("hook", WEAK)
    weak = code("main", "hook").replace(".globl hook", ".weak hook")
    own = checker.object("a.o", weak, app)
    policy = "[roots]\nfunctions = ['main']\n"
    assert checker.check(checker.image("own.elf", own), policy=policy).verdict == "clean"
    vendor = checker.object("vendor.o", code("hook"))
    image = checker.image("fw.elf", own, vendor)
    unproven = ["'main' reaches 'hook', of which no facts are known [weir-unproven-call]"]
    assert checker.check(image, policy=policy).errors == unproven
    assert "'hook'" in checker.check(image).out
    known = checker.object("known.o", code("hook"), Unit("b.c").define("hook"))
    assert checker.check(checker.image("both.elf", own, known), policy=policy).verdict == "clean"


def hook_elsewhere(checker: Checker, linker: str, objects: list[str], option: str) -> list[str]:
    checker.tool(linker, "-e", "main", "-o", "fw", *objects, option)
    return checker.check("fw", policy="[roots]\nfunctions = ['main']\n").errors


@pytest.mark.parametrize("linker", ["ld", "mold", "ld.lld-22"])
def test_a_weak_body_goes_before_none_that_the_linker_hid(
    checker: Checker, code: Code, linker: str
) -> None:
    """Some linkers make hidden symbols local, and a number given by --defsym is no function."""
    app = Unit("a.c").define("main").call("main", "hook").define("hook", WEAK)
    weak = code("main", "hook").replace(".globl hook", ".weak hook")
    own = checker.object("a.o", weak, app)
    vendor = checker.object("vendor.o", ".hidden hook\n" + code("hook"))
    unproven = ["'main' reaches 'hook', of which no facts are known [weir-unproven-call]"]
    assert hook_elsewhere(checker, linker, [own, vendor], "--build-id=none") == unproven
    assert hook_elsewhere(checker, linker, [own], "--defsym=hook=0x1234") == unproven

"""Which body a function of the IR is made from: told by a mark, which must leave no trace."""

import pytest
from compiling import X86, Toolchain
from elfsame import differences
from factsfile import DEFINED, read_unit

SOURCE = """
#include <new>
void *malloc(unsigned long);
namespace { struct Local { Local(int); ~Local(); int Value; }; }
Local::Local(int Value) : Value(Value) { malloc(1); }
Local::~Local() { malloc(2); }
template <typename T> struct Box {
  Box() { malloc(3); }
  T get() const { return held(); }
  T held() const { malloc(4); return T(); }
};
template struct Box<long>;
template <> int Box<int>::held() const { malloc(5); return 5; }
struct Base { virtual ~Base() = default; virtual int run() { return 1; } };
struct Derived : virtual Base { int run() override { malloc(6); return 2; } };
inline int once() { malloc(7); return 1; }
constexpr int twice(int X) { return 2 * X; }
int early();
int late() { return early() + once(); }
int early() { malloc(8); return twice(4); }
static int unused() { malloc(9); return 0; }
extern "C" int plain() { malloc(10); return 0; }
auto Lambda = [](int X) { malloc(11); return X; };
__attribute__((section(".own"))) int placed() { malloc(12); return 0; }
#pragma clang section text = ".pragma"
int by_pragma() { malloc(13); return 0; }
#pragma clang section text = ""
int all() {
  Local L(1);
  Derived D;
  Base *B = &D;
  return Box<int>().get() + B->run() + Lambda(3) + late() + placed() + L.Value;
}
"""


@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_every_call_stands_in_the_body_that_makes_it(clang: Toolchain, level: str) -> None:
    unit = read_unit(clang.compile(*X86, level, clang.write("bodies.cpp", SOURCE)))
    lines = SOURCE.splitlines()
    numbers = set()
    for call in unit.calls:
        if call.callee != "malloc" and "malloc" not in call.callee:
            continue
        line = int(call.place.split(":")[-2])
        assert "malloc(" in lines[line - 1], (call.caller, call.place)
        numbers.add(lines[line - 1].split("malloc(")[1].split(")")[0])
    assert numbers >= {"1", "2", "3", "4", "5", "6", "7", "8", "10", "11", "12", "13"}


def test_every_function_of_the_source_has_its_place(clang: Toolchain) -> None:
    unit = read_unit(clang.compile(*X86, "-O0", clang.write("bodies.cpp", SOURCE)))
    made_up = ("_GLOBAL__", "__cxx_global", "_ZTv", "_ZTh", "__clang_call", "__invoke")
    for function in unit.functions.values():
        if function.flags & DEFINED and not any(word in function.name for word in made_up):
            assert function.place, function.name


@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("flags", [(), ("-ffunction-sections",), ("-g",)], ids=" ".join)
def test_sections_are_those_of_the_user(
    clang: Toolchain, level: str, flags: tuple[str, ...]
) -> None:
    args = (*X86, level, *flags, clang.write("bodies.cpp", SOURCE))
    plain = clang.compile(*args, plugin=False).rename(clang.directory / "plain.o")
    built = clang.compile(*args)
    assert differences(plain, built) == []
    assert b"weir.body" not in built.read_bytes()


def test_marks_do_not_travel_in_a_module(clang: Toolchain) -> None:
    """Who imports a module would generate code of a function that this compile had marked."""
    source = clang.write(
        "shop.cppm", "export module shop;\nexport inline int sell() { return 1; }\n"
    )
    clang.run(
        "-std=c++20",
        f"-fplugin={clang.plugin}",
        f"-fpass-plugin={clang.plugin}",
        *X86,
        "-c",
        source,
        "-fmodule-output=shop.pcm",
        "-o",
        "shop.o",
    )
    assert b"weir.body" not in (clang.directory / "shop.pcm").read_bytes()
    assert b"weirfact" in (clang.directory / "shop.o").read_bytes()

"""What the compiler adds to C++: memory, start functions, guards, coroutines."""

import factsfile as facts
from compiling import X86, Toolchain

TASK = """#include <coroutine>
struct Task { struct promise_type {
  Task get_return_object(); std::suspend_never initial_suspend() noexcept;
  std::suspend_never final_suspend() noexcept; void return_void(); void unhandled_exception();
}; };
struct Event {
  bool await_ready(); void await_suspend(std::coroutine_handle<>); void await_resume();
};
struct Transfer {
  bool await_ready(); std::coroutine_handle<> await_suspend(std::coroutine_handle<>);
  void await_resume();
};
"""
BOX = "struct Box { int *x; Box(); ~Box(); };\n"


def unit_of(clang: Toolchain, source: str, *flags: str) -> facts.Unit:
    return clang.facts(source, *X86, "-std=c++20", *flags, name="unit.cpp")


def test_the_frame_of_a_coroutine_is_allocated_also_where_it_could_be_elided(
    clang: Toolchain,
) -> None:
    unit = unit_of(clang, TASK + "Task work() { co_return; }\nvoid f() { work(); }", "-O2")
    assert {("_Z1fv", "_Z4workv"), ("_Z4workv", "_Znwm")} <= unit.edges()


def test_what_a_coroutine_waits_for_is_called(clang: Toolchain) -> None:
    unit = unit_of(clang, TASK + "Task work() { co_await Event(); }")
    suspend = "_ZN5Event13await_suspendENSt7__n486116coroutine_handleIvEE"
    (wrapper,) = {caller for caller, callee in unit.edges() if callee == suspend}
    assert ("_Z4workv", wrapper) in unit.edges()
    assert unit.taken(wrapper) == []


def test_a_handle_calls_a_coroutine(clang: Toolchain) -> None:
    unit = unit_of(
        clang,
        TASK
        + """Task work() { co_return; }
void resume(void *frame) { __builtin_coro_resume(frame); }
void destroy(void *frame) { __builtin_coro_destroy(frame); }
""",
    )
    assert [a.type for a in unit.taken("_Z4workv")] == ["coroutine"]
    assert [(s.caller, s.type) for s in unit.sites] == [
        ("_Z6resumePv", "coroutine"),
        ("_Z7destroyPv", "coroutine"),
    ]
    assert unit.taken("_Z6resumePv") == []


def test_waiting_may_go_on_with_another_coroutine(clang: Toolchain) -> None:
    unit = unit_of(clang, TASK + "Task work() { co_await Transfer(); }")
    assert ("_Z4workv", "coroutine") in {(s.caller, s.type) for s in unit.sites}


def test_objects_with_static_storage(clang: Toolchain) -> None:
    unit = unit_of(
        clang,
        BOX
        + """Box before;
Box &local() { static Box only; return only; }
struct S { static inline Box member; };
template <class T> T of{};
Box &used() { return of<Box>; }
""",
    )
    made = {caller for caller, callee in unit.edges() if callee == "_ZN3BoxC1Ev"}
    assert "_Z5localv" in made
    assert len(made) == 4
    starts = {f.name for f in unit.functions.values() if f.flags & facts.CONSTRUCTOR}
    called = {callee for caller, callee in unit.edges() if caller in starts}
    assert made - starts - called == {"_Z5localv"}


def test_objects_of_a_thread(clang: Toolchain) -> None:
    unit = unit_of(
        clang,
        BOX
        + """thread_local Box own;
extern thread_local Box far;
int *here() { return own.x; }
int *there() { return far.x; }
""",
    )
    assert {("_Z4herev", "_ZTW3own"), ("_ZTW3own", "_ZTH3own"), ("_ZTW3far", "_ZTH3far")} <= (
        unit.edges()
    )
    assert ("_ZTH3own", "__tls_init", 0) in unit.aliases
    assert {"__tls_init"} == {
        caller for caller, callee in unit.edges() if callee == "__cxx_global_var_init"
    }


def test_new_that_is_deleted_at_once(clang: Toolchain) -> None:
    unit = unit_of(
        clang, "int f() { auto *p = new int(3); int x = *p; delete p; return x; }", "-O2"
    )
    assert {("_Z1fv", "_Znwm"), ("_Z1fv", "_ZdlPvm")} <= unit.edges()


def test_a_function_in_a_box(clang: Toolchain) -> None:
    """The lambda is reached through pointers that std::function's own code takes and calls."""
    unit = unit_of(
        clang,
        "#include <functional>\nint g();\nstruct Big { int x[40]; };\n"
        "std::function<int()> make(Big b) { return [b] { return g() + b.x[0]; }; }\n"
        "int f(const std::function<int()> &h) { return h(); }",
    )
    assert any(callee == "_Znwm" for _, callee in unit.edges())
    (body,) = (caller for caller, callee in unit.edges() if callee == "_Z1gv")
    assert "clEv" in body
    called = {site.type for site in unit.sites}
    invoked = {a.function for a in unit.addresses if a.type in called}
    assert any("_M_invoke" in name for name in invoked)

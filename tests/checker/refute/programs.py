"""Random programs, and what they really do: which roots were seen to reach the banned function.

A program is a unit of functions that look at their arguments, at variables, at structures and
through pointers before they call on. The driver, a unit of its own, runs each root many times, with
whatever the variables and the world outside may hold.
"""

from random import Random

ROOTS = 12
RUNS = 400

HEAD = """struct box { int a, b; struct box *next; void (*run)(int, int, struct box *); };
void banned(void);
int world(int);
extern int g0, g1;
extern struct box shared;
static int s0, s1;
static struct box own = {0, 0, &own, 0};
void scramble(int (*draw)(void)) {
  s0 = draw(), s1 = draw(), own.a = draw(), own.b = draw();
}
"""

FETCH = """__builtin_va_list l; __builtin_va_start(l, a);
  int b = __builtin_va_arg(l, int); struct box *s = __builtin_va_arg(l, struct box *);
  __builtin_va_end(l);"""

DRIVER = """#include <stdio.h>
#include <stdlib.h>
struct box {{ int a, b; struct box *next; void (*run)(int, int, struct box *); }};
void scramble(int (*)(void));
{declared}
int g0, g1;
struct box shared;
static unsigned seed = {seed};
static int depth, hit;
static int draw(void) {{ seed = seed * 1664525u + 1013904223u; return (int)(seed >> 28) % 4 - 1; }}
static void idle(int a, int b, struct box *s) {{ (void)a, (void)b, (void)s; }}
static void mix(void) {{
  g0 = draw(), g1 = draw(), shared.a = draw(), shared.b = draw();
  shared.next = &shared;
  shared.run = idle;
}}
void banned(void) {{ hit = 1; }}
int world(int n) {{ if (draw() > 0) mix(); return draw() + n; }}
int main(void) {{
  static void (*const roots[])(int, int) = {{{names}}};
  for (int r = 0; r < {roots}; ++r) {{
    hit = 0;
    for (int i = 0; i < {runs}; ++i) {{ mix(); scramble(draw); roots[r](draw(), draw()); }}
    if (hit) printf("root%d\\n", r);
  }}
}}
"""


class Program:
    """Functions f0, f1, ... each of which calls only later ones, so that all of them end."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.count = self.random.randint(5, 10)
        # Functions that get all but their first argument without a name.
        self.varied = {n for n in range(self.count) if self.random.random() < 0.2}

    def value(self) -> str:
        return self.random.choice(
            ["a", "b", "g0", "g1", "s0", "s1", "s->a", "s->b", "own.a", "shared.b", "here.a", "n"]
        )

    def number(self) -> int:
        return self.random.choice([0, 0, 0, 1, 1, 2, -1])

    def term(self) -> str:
        choice = self.random.random()
        if choice < 0.45:
            return str(self.number())
        if choice < 0.85:
            return self.value()
        return f"({self.value()} {self.random.choice('+-*&|')} {self.number()})"

    def condition(self) -> str:
        text = f"{self.value()} {self.random.choice(['==', '!=', '<', '>'])} {self.number()}"
        if self.random.random() < 0.2:
            text += f" {self.random.choice(['&&', '||'])} {self.value()}"
        return text

    def target(self) -> str:
        return self.random.choice(
            ["g0", "s0", "s1", "s->a", "s->b", "own.a", "shared.b", "here.a", "here.b", "n", "a"]
        )

    def box(self) -> str:
        box = self.random.choice(["s", "&own", "&shared", "&here", "s->next"])
        return f"(struct box *)(long)({box})" if self.random.random() < 0.1 else box

    def call(self, after: int, _deep: int) -> str:
        if after + 1 >= self.count or self.random.random() < 0.08:
            return "banned();"
        callee = self.random.randint(after + 1, self.count - 1)
        given = f"({self.term()}, {self.term()}, {self.box()});"
        if callee in self.varied:
            return f"f{callee}{given}"
        if self.random.random() < 0.2:
            return f"here.run = f{callee}; here.run{given}"
        second = self.random.randint(after + 1, self.count - 1)
        if self.random.random() < 0.15 and second not in self.varied:
            self.tables.append(f"{{f{callee}, f{second}}}")
            return f"table{len(self.tables) - 1}[{self.term()} & 1]{given}"
        return f"f{callee}{given}"

    def statement(self, of: int, deep: int = 0) -> str:
        kinds = [(20, self.call), (20, self.assignment), (15, self.other)]
        if deep < 3:
            kinds += [(35, self.branch)]
        if deep < 2:
            kinds += [(10, self.loop)]
        weights = [weight for weight, _ in kinds]
        (chosen,) = self.random.choices([kind for _, kind in kinds], weights)
        return chosen(of, deep)

    def branch(self, of: int, deep: int) -> str:
        other = f" else {{ {self.statement(of, deep + 1)} }}" if self.random.random() < 0.3 else ""
        return f"if ({self.condition()}) {{ {self.statement(of, deep + 1)} }}{other}"

    def loop(self, of: int, deep: int) -> str:
        head = f"for (int i{deep} = 0; i{deep} < {self.random.randint(1, 3)}; ++i{deep})"
        return f"{head} {{ {self.statement(of, deep + 1)} }}"

    def assignment(self, _of: int, _deep: int) -> str:
        return f"{self.target()} = {self.term()};"

    def other(self, _of: int, _deep: int) -> str:
        return self.random.choice(
            [
                f"if ({self.condition()}) return;",
                f"n = world({self.term()});",
                f"s = {self.random.choice(['s->next', '&own', '&shared'])};",
            ]
        )

    def function(self, number: int, name: str, parameters: str) -> str:
        body = [self.statement(number) for _ in range(self.random.randint(2, 5))]
        here = f"int n = {self.number()}; struct box here = {{{self.number()}, a, s, 0}};"
        return f"{name}({parameters}) {{ {here} (void)b; {' '.join(body)} }}\n"

    def unit(self) -> str:
        self.tables: list[str] = []
        inner = "int a, int b, struct box *s"
        bodies = []
        for n in range(self.count):
            text = self.function(n, f"static __attribute__((noinline)) void f{n}", inner)
            if n in self.varied:
                text = text.replace(f"({inner}) {{", f"(int a, ...) {{ {FETCH}", 1)
            bodies.append(text)
        starts = []
        for n in range(ROOTS):
            text = self.function(self.random.randint(-1, 1), f"void root{n}", "int a, int b")
            starts.append(text.replace("{ int n", "{ struct box *s = &own; int n", 1))
        declared = "".join(
            f"static void f{n}({'int a, ...' if n in self.varied else inner});\n"
            for n in range(self.count)
        )
        tables = "".join(
            f"static void (*const table{n}[])({inner}) = {entry};\n"
            for n, entry in enumerate(self.tables)
        )
        return HEAD + declared + tables + "".join(bodies) + "".join(starts)

    def driver(self) -> str:
        names = [f"root{n}" for n in range(ROOTS)]
        return DRIVER.format(
            declared="".join(f"void {name}(int, int);\n" for name in names),
            names=", ".join(names),
            roots=ROOTS,
            runs=RUNS,
            seed=self.random.randint(1, 1 << 30),
        )

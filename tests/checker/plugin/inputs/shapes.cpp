// C++ without a library: virtual calls, templates, lambdas, static initialisers, exceptions.
using size_t = decltype(sizeof 0);

void *operator new(size_t);
void operator delete(void *) noexcept;
void operator delete(void *, size_t) noexcept;

struct Shape {
  virtual ~Shape() = default;
  virtual int area() const = 0;
  virtual void scale(int by) { factor *= by; }
  int factor = 1;
};

namespace {
struct Square final : Shape {
  explicit Square(int side) : side(side) {}
  int area() const override { return side * side * factor; }
  int side;
};
int counted;
struct Guard {
  ~Guard() { ++counted; }
};
} // namespace

template <typename T, int N> struct Ring {
  T slots[N]{};
  unsigned head = 0;
  template <typename F> void each(F visit) {
    for (T &slot : slots)
      visit(slot);
  }
  void push(T value) { slots[head++ % N] = value; }
};

static Ring<Shape *, 4> ring;
static Square unit(1);
int (*transform)(int) = [](int x) { return x + 1; };

Shape *make(int side) {
  Guard guard;
  Shape *made = new Square(side);
  ring.push(made);
  return made;
}

int total() {
  int sum = unit.area();
  ring.each([&](Shape *shape) { sum += shape ? shape->area() : transform(0); });
  static int (Shape::*method)() const = &Shape::area;
  return sum + (ring.slots[0]->*method)();
}

void drop(Shape *shape) {
#ifdef __EXCEPTIONS
  if (!shape)
    throw counted;
#endif
  delete shape;
}

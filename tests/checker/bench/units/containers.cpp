// A unit as C++ programs have them: small code of its own over large headers.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace {

struct Shape {
  virtual ~Shape() = default;
  virtual double area() const = 0;
  virtual std::string name() const { return "shape"; }
};

struct Square final : Shape {
  explicit Square(double Side) : Side(Side) {}
  double area() const override { return Side * Side; }
  std::string name() const override { return "square"; }
  double Side;
};

struct Circle final : Shape {
  explicit Circle(double Radius) : Radius(Radius) {}
  double area() const override { return 3.14159 * Radius * Radius; }
  double Radius;
};

using Shapes = std::vector<std::unique_ptr<Shape>>;

template <typename Key> std::map<std::string, double> totals(const Shapes &All, Key KeyOf) {
  std::map<std::string, double> Sums;
  for (const auto &S : All)
    Sums[KeyOf(*S)] += S->area();
  return Sums;
}

} // namespace

double largest(const std::map<std::string, double> &Sums) {
  auto Found = std::max_element(Sums.begin(), Sums.end(),
                                [](const auto &A, const auto &B) { return A.second < B.second; });
  return Found == Sums.end() ? 0 : Found->second;
}

double measure(int Count, const std::function<double(int)> &SizeOf) {
  Shapes All;
  for (int I = 0; I < Count; ++I)
    if (I % 2)
      All.push_back(std::make_unique<Square>(SizeOf(I)));
    else
      All.push_back(std::make_unique<Circle>(SizeOf(I)));
  std::sort(All.begin(), All.end(),
            [](const auto &A, const auto &B) { return A->area() < B->area(); });
  return largest(totals(All, [](const Shape &S) { return S.name(); }));
}

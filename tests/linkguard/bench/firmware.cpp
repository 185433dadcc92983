// A C++ firmware with the standard library: a vector that grows, a string, a virtual call.
#include <string>
#include <vector>

struct sensor {
  virtual ~sensor() = default;
  virtual int read() = 0;
};

struct fixed : sensor {
  int read() override { return 7; }
};

struct logging : sensor {
  std::vector<int> values;
  int read() override {
    values.push_back(static_cast<int>(values.size()));
    return values.back();
  }
};

static fixed first;
static logging second;
sensor *volatile sensors[] = {&first, &second};

int main() {
  std::string name("a name that is too long for the string itself");
  return sensors[0]->read() + sensors[1]->read() + static_cast<int>(name.size());
}

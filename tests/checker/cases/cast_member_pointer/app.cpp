// A pointer to a member function is called under another type than its own. must fail: weir-banned-call
void *operator new(__SIZE_TYPE__ size);
struct Device {
  int grab(long size) { return new char[size] != nullptr; }
  int refuse(long size) { return size < 0; }
  void idle(int) {}
};
using Grabber = int (Device::*)(long);
using Handler = void (Device::*)(int);
struct Driver {
  Handler handler;
  explicit Driver(Grabber given) : handler(reinterpret_cast<Handler>(given)) {}
  void run(Device &device) { (device.*handler)(3); }
};
#if FAIL
Grabber source = &Device::grab;
#else
Grabber source = &Device::refuse;
#endif
int main() {
  Device device;
  Driver driver(source);
  driver.handler = source ? driver.handler : &Device::idle;
  driver.run(device);
  return 0;
}

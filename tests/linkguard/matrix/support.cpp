// What a C++ runtime gives on bare metal, by way of malloc. Weak: a case may bring its own.
#include <stdlib.h>

using size = decltype(sizeof 0);
namespace std {
struct nothrow_t {};
enum class align_val_t : size {};
extern const nothrow_t nothrow;
const nothrow_t nothrow{};
} // namespace std
extern "C" void *memalign(size, size);

#define WEAK __attribute__((weak))
WEAK void *operator new(size n) { return malloc(n); }
WEAK void *operator new[](size n) { return operator new(n); }
WEAK void *operator new(size n, const std::nothrow_t &) noexcept { return malloc(n); }
WEAK void *operator new(size n, std::align_val_t a) { return memalign(size(a), n); }
WEAK void operator delete(void *block) noexcept { free(block); }
WEAK void operator delete(void *block, size) noexcept { free(block); }
WEAK void operator delete[](void *block) noexcept { free(block); }

extern "C" {
WEAK void *__dso_handle;
WEAK int __aeabi_atexit(void *, void (*)(void *), void *) { return 0; }
}

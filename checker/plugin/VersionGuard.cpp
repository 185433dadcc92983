// Refuse a clang this plugin was not built for.
//
// LLVM's C++ interfaces change with every release. Loaded into another one, a plugin may crash, or
// worse: be skipped without a word, and the build be called clean. So before any other code of this
// library runs, ask the host which LLVM it is, and end the compile if it is not ours.
#include "llvm/Config/llvm-config.h"
#include <cstdio>
#include <dlfcn.h>
#include <unistd.h>

namespace {

/// EX_SOFTWARE of sysexits.h, as clang itself ends on an internal error.
constexpr int WrongVersionStatus = 70;

void refuse(const char *Found) {
  std::fprintf(stderr,
               "weir: error: this plugin was built for clang %d.%d and cannot be loaded into "
               "%s; use the plugin built for that clang, or that clang for this plugin\n",
               LLVM_VERSION_MAJOR, LLVM_VERSION_MINOR, Found);
  std::fflush(stderr);
  _exit(WrongVersionStatus);
}

/// 101 is the first priority open to users: ahead of every static object here, whose constructors
/// already call into LLVM.
__attribute__((constructor(101))) void checkVersion() {
  using VersionFn = void (*)(unsigned *, unsigned *, unsigned *);
  auto Version = reinterpret_cast<VersionFn>(dlsym(RTLD_DEFAULT, "LLVMGetVersion"));
  if (!Version)
    refuse("a program whose LLVM is older than 16 or hides its version");
  unsigned Major = 0, Minor = 0, Patch = 0;
  Version(&Major, &Minor, &Patch);
  if (Major == LLVM_VERSION_MAJOR && Minor == LLVM_VERSION_MINOR)
    return;
  char Found[64];
  std::snprintf(Found, sizeof Found, "clang %u.%u", Major, Minor);
  refuse(Found);
}

} // namespace

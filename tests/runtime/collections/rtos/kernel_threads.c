/* A kernel of many threads, which are POSIX threads: they meet as on several cores, which is more
 * than a kernel of one core lets happen. No interrupts. */
#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE 700

#include "kernel.h"

#include <pthread.h>
#include <time.h>

#include "check.h"

static pthread_mutex_t section, bells = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_cond_t given;
static _Thread_local unsigned masked;
static _Thread_local struct kernel_bell own;

static void set_up(void) {
  pthread_mutexattr_t nests;
  pthread_condattr_t monotonic;
  pthread_mutexattr_init(&nests);
  pthread_mutexattr_settype(&nests, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&section, &nests);
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&given, &monotonic);
}

unsigned kernel_mask(void) {
  pthread_once(&once, set_up);
  pthread_mutex_lock(&section);
  return masked++;
}

void kernel_unmask(unsigned depth) {
  while (masked > depth)
    kernel_unmask_once();
}

void kernel_unmask_once(void) {
  masked--;
  pthread_mutex_unlock(&section);
}

bool kernel_in_interrupt(void) { return false; }

/* The harness counts its checks without a lock, so that only what fails is one. */
void kernel_forbid(bool it_is) {
  if (it_is)
    check_that(false, __FILE__, __LINE__, "the kernel forbids this call");
}

void kernel_api(void) { kernel_forbid(masked != 0); }

static struct timespec now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time;
}

uint32_t kernel_ticks(void) {
  struct timespec time = now();
  uint64_t ms = (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
  return (uint32_t)(ms / KERNEL_TICK_MS);
}

struct kernel_bell *kernel_self(void) { return &own; }

void kernel_give(struct kernel_bell *bell, unsigned most) {
  pthread_once(&once, set_up);
  pthread_mutex_lock(&bells);
  if (bell->given < most)
    bell->given++;
  pthread_cond_broadcast(&given);
  pthread_mutex_unlock(&bells);
}

static struct timespec later(uint32_t ticks) {
  struct timespec time = now();
  uint64_t ms = (uint64_t)ticks * KERNEL_TICK_MS;
  time.tv_sec += (time_t)(ms / 1000);
  time.tv_nsec += (long)(ms % 1000) * 1000000;
  if (time.tv_nsec >= 1000000000) {
    time.tv_sec++;
    time.tv_nsec -= 1000000000;
  }
  return time;
}

bool kernel_take(struct kernel_bell *bell, uint32_t ticks) {
  struct timespec until = later(ticks);
  int result = 0;
  kernel_api();
  pthread_once(&once, set_up);
  pthread_mutex_lock(&bells);
  while (bell->given == 0 && result == 0)
    result = ticks == KERNEL_FOR_EVER ? pthread_cond_wait(&given, &bells)
                                      : pthread_cond_timedwait(&given, &bells, &until);
  bool any = bell->given != 0;
  bell->given = 0;
  pthread_mutex_unlock(&bells);
  return any;
}

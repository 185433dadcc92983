/* mbedTLS, unmodified: its RSA self test and an ECDSA signature inside a reservation that was
 * waited for. */
#include "weir/alloc.h"
#include "weir/reserve.h"

#include "check.h"
#include "mbedtls/ecdsa.h"
#include "mbedtls/platform.h"
#include "mbedtls/rsa.h"

#include <stdlib.h>

WEIR_RESERVE_DEFINE(tls);

static _Alignas(8) unsigned char arena[65536];
static struct weir_heap heap;
static struct weir_wait_queue queue;
static struct weir_reserve reserve;
static unsigned wakes;

static void wake(void *context) {
  (void)context;
  wakes++;
}

static int draw(void *context, unsigned char *out, size_t bytes) {
  (void)context;
  for (size_t i = 0; i < bytes; i++)
    out[i] = (unsigned char)rand();
  return 0;
}

static int sign_and_verify(void) {
  static const unsigned char hash[32] = {1, 2, 3};
  mbedtls_ecdsa_context key;
  unsigned char signature[80];
  size_t length = sizeof signature;
  int error;
  mbedtls_ecdsa_init(&key);
  error = mbedtls_ecdsa_genkey(&key, MBEDTLS_ECP_DP_SECP256R1, draw, NULL);
  if (error == 0)
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    error = mbedtls_ecdsa_write_signature(&key, MBEDTLS_MD_SHA256, hash, sizeof hash, signature,
                                          sizeof signature, &length, draw, NULL);
#else
    error = mbedtls_ecdsa_write_signature(&key, MBEDTLS_MD_SHA256, hash, sizeof hash, signature,
                                          &length, draw, NULL);
#endif
  if (error == 0)
    error = mbedtls_ecdsa_read_signature(&key, hash, sizeof hash, signature, length);
  mbedtls_ecdsa_free(&key);
  return error;
}

static int rsa(void) { return mbedtls_rsa_self_test(0); }

/* Waits until somebody else's memory comes back, then works in it. The library's own error, 0 for
 * none. */
static int runs_within(size_t bytes, int (*work)(void)) {
  const struct weir_waker waker = {wake, NULL};
  struct weir_layout all = {0, 8};
  struct weir_alloc memory = {0};
  struct weir_reserve_stats stats;
  void *held;
  int error;
  srand(1);
  wakes = 0;
  CHECK(weir_heap_init(&heap, arena, sizeof arena) == WEIR_OK);
  weir_heap_let_wait(&heap, &queue, wake, NULL);
  all.size = weir_heap_stats(&heap).capacity;
  held = weir_heap_try_alloc(&heap, all);
  CHECK(weir_alloc_start(&memory, &heap, weir_reserve_layout(bytes), &waker) == WEIR_PENDING);
  weir_heap_free(&heap, held, all);
  CHECK(weir_alloc_poll(&memory) == WEIR_READY);
  CHECK(weir_reserve_begin(&reserve, &heap, weir_alloc_take(&memory), bytes));
  weir_reserve_enter(&tls, &reserve);
  error = work();
  weir_reserve_leave(&tls);
  stats = weir_reserve_stats(&reserve);
  CHECK_EQUAL(stats.live, 0);
  CHECK_EQUAL(error == 0, stats.overruns == 0);
  CHECK(weir_reserve_check(&reserve));
  weir_reserve_end(&reserve);
  weir_heap_drain(&heap, SIZE_MAX);
  CHECK_EQUAL(weir_heap_stats(&heap).used, 0);
  return error;
}

static void passes_in_its_peak_and_fails_cleanly_in_less(int (*work)(void)) {
  size_t peak;
  CHECK_EQUAL(runs_within(40000, work), 0);
  peak = weir_reserve_stats(&reserve).peak;
  check_print("  peak ");
  check_print_number(peak);
  check_print(" bytes\n");
  CHECK_EQUAL(runs_within(peak, work), 0);
  for (size_t tenth = 6; tenth < 10; tenth++)
    CHECK(runs_within(peak * tenth / 10, work) != 0);
}

static void ecdsa_signs_and_verifies(void) {
  passes_in_its_peak_and_fails_cleanly_in_less(sign_and_verify);
}

static void rsa_tests_itself(void) { passes_in_its_peak_and_fails_cleanly_in_less(rsa); }

int main(void) {
  mbedtls_platform_set_calloc_free(tls_calloc, tls_free);
  RUN(ecdsa_signs_and_verifies);
  RUN(rsa_tests_itself);
  return check_summary("collections/mbedtls");
}

// The library's own self-tests, and a certificate. NOMALLOC: its allocator over a static buffer,
// and a platform without standard functions.
#include "mbedtls/aes.h"
#include "mbedtls/bignum.h"
#include "mbedtls/certs.h"
#include "mbedtls/ctr_drbg.h"
#include "mbedtls/ecp.h"
#include "mbedtls/gcm.h"
#include "mbedtls/hmac_drbg.h"
#include "mbedtls/memory_buffer_alloc.h"
#include "mbedtls/pk.h"
#include "mbedtls/rsa.h"
#include "mbedtls/sha256.h"
#include "mbedtls/x509.h"
#include "mbedtls/x509_crt.h"

static int read_key(void) {
  mbedtls_pk_context pk;
  mbedtls_pk_init(&pk);
  int status = mbedtls_pk_parse_key(&pk, (const unsigned char *)mbedtls_test_srv_key_ec,
                                    mbedtls_test_srv_key_ec_len, NULL, 0);
  mbedtls_pk_free(&pk);
  return status;
}

static int read_certificate(void) {
  mbedtls_x509_crt crt;
  mbedtls_x509_crt_init(&crt);
  int status = mbedtls_x509_crt_parse(&crt, (const unsigned char *)mbedtls_test_srv_crt_ec,
                                      mbedtls_test_srv_crt_ec_len);
  mbedtls_x509_crt_free(&crt);
  return status;
}

int main(void) {
#ifdef NOMALLOC
  static unsigned char memory[1 << 17];
  mbedtls_memory_buffer_alloc_init(memory, sizeof memory);
#endif
  return mbedtls_mpi_self_test(0) || mbedtls_ecp_self_test(0) || mbedtls_rsa_self_test(0) ||
         mbedtls_aes_self_test(0) || mbedtls_gcm_self_test(0) || mbedtls_sha256_self_test(0) ||
         mbedtls_ctr_drbg_self_test(0) || mbedtls_hmac_drbg_self_test(0) ||
         mbedtls_x509_self_test(0) || read_key() || read_certificate();
}

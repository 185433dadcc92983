// Data is compressed and expanded at three levels, in one go and through a window. NOMALLOC: zlib
// as Z_SOLO, and the streams take from a static pool.
#include "zlib.h"

#include <string.h>

#ifdef NOMALLOC
#include "pool.h"

static voidpf take(voidpf user, uInt count, uInt size) {
  (void)user;
  return pool_take((size_t)count * size);
}
static void give(voidpf user, voidpf block) {
  (void)user;
  (void)block;
}
#define MEMORY .zalloc = take, .zfree = give
#else
#define MEMORY .zalloc = Z_NULL
#endif

enum { SIZE = 20000 };
static unsigned char data[SIZE], packed[SIZE + 1000], unpacked[SIZE];

static int expand(uLong length, const unsigned char *dictionary) {
  z_stream in = {.next_in = packed, .next_out = unpacked, MEMORY};
  if (inflateInit(&in) != Z_OK)
    return 0;
  int status = Z_OK;
  while (status == Z_OK && in.total_in < length) {
    in.avail_in = length - in.total_in < 100 ? (uInt)(length - in.total_in) : 100;
    in.avail_out = (uInt)(SIZE - in.total_out);
    status = inflate(&in, Z_NO_FLUSH);
    if (status == Z_NEED_DICT)
      status = inflateSetDictionary(&in, dictionary, 64);
  }
  inflateEnd(&in);
  return status == Z_STREAM_END && !memcmp(data, unpacked, SIZE);
}

static int round_trip(int level, int strategy) {
  z_stream out = {.next_in = data, .avail_in = SIZE, .next_out = packed, MEMORY};
  out.avail_out = sizeof packed;
  if (deflateInit2(&out, level, Z_DEFLATED, 15, 8, strategy) != Z_OK)
    return 0;
  deflateSetDictionary(&out, data, 64);
  int good = deflate(&out, Z_FINISH) == Z_STREAM_END;
  uLong length = out.total_out;
  deflateEnd(&out);
  return good && expand(length, data);
}

#ifdef NOMALLOC
static int in_one_go(void) { return 1; }
#else
static int in_one_go(void) {
  uLongf length = sizeof packed, back = SIZE;
  return compress(packed, &length, data, SIZE) == Z_OK &&
         uncompress(unpacked, &back, packed, length) == Z_OK && back == SIZE;
}
#endif

int main(void) {
  for (int i = 0; i < SIZE; ++i)
    data[i] = (unsigned char)(i * i / 7 ^ i >> 5);
  return !(round_trip(1, Z_DEFAULT_STRATEGY) && round_trip(6, Z_FILTERED) &&
           round_trip(9, Z_HUFFMAN_ONLY) && round_trip(0, Z_DEFAULT_STRATEGY) && in_one_go());
}

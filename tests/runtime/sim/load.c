#include "load.h"

#include <math.h>

/* Steele, Lea, Flood: Fast splittable pseudorandom number generators (SplitMix64). */
static uint64_t next(struct load *load) {
  uint64_t mixed = load->state += UINT64_C(0x9e3779b97f4a7c15);
  mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
  return mixed ^ mixed >> 31;
}

static size_t uniform(struct load *load, size_t least, size_t most) {
  return least + (size_t)(next(load) % (most - least + 1));
}

struct load load_of(uint64_t seed, unsigned task) {
  struct load seeder = {seed};
  struct load load = {next(&seeder) + task};
  load.state = next(&load);
  return load;
}

size_t load_size(struct load *load) {
  bool is_large = next(load) % 10 == 0;
  return is_large ? uniform(load, LOAD_LARGE_MIN, 4096) : uniform(load, 16, 128);
}

weir_ticks load_ticks(struct load *load, double mean) {
  double above_zero = ((double)(next(load) >> 11) + 1) / 9007199254740992.0;
  double ticks = -log(above_zero) * mean;
  return ticks < 1 ? 1 : (weir_ticks)ticks;
}

/* A control loop that must be on time: nothing under the tick may wait, or write to a stream. What
 * the tick may not reach is in weir.toml; that it is a tick is said where it is written. */
#include <stdio.h>
#include <unistd.h>

#define TICK __attribute__((annotate("nonblocking")))

struct sensor {
  int (*read_value)(void);
};

static int slow_value(void) {
  usleep(100); /* the converter needs its time */
  return 7;
}

static int fast_value(void) { return 3; }

static const struct sensor pressure = {fast_value};
static const struct sensor temperature = {slow_value};

static const struct sensor *current = &pressure;
static volatile int output;

static void report(int value) {
  if (value > 100)
    printf("out of range: %d\n", value);
}

TICK void control_tick(void) {
  int value = current->read_value();
  report(value);
  output = value * 2;
}

int main(void) {
  current = &temperature;
  for (;;) {
    control_tick();
    printf("%d\n", output); /* main may: it is no tick */
    sleep(1);
  }
}

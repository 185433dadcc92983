#include "shot.h"

#include "check.h"
#include "target/target.h"

#define SYST_CSR (*(volatile uint32_t *)0xe000e010)
#define SYST_RVR (*(volatile uint32_t *)0xe000e014)
#define SYST_CVR (*(volatile uint32_t *)0xe000e018)
#define ICSR (*(volatile uint32_t *)0xe000ed04)
#define PENDSTCLR (UINT32_C(1) << 25)

/* Enabled, with its interrupt, from the processor clock. */
#define RUN_TIMER 7u

/* Ticks after the shot until a routine that has not returned is taken for dead. */
#define DEAD_AFTER 2000000u

static void (*volatile shot_handler)(void);
static volatile uint32_t interrupted_at;

void SysTick_Handler(void);
void shot_fired(const uint32_t *frame);

static void stop_timer(void) {
  SYST_CSR = 0;
  ICSR = PENDSTCLR; // else a tick that came meanwhile fires again
  __asm volatile("dsb\n\tisb" ::: "memory");
}

static void start_timer(uint32_t ticks) {
  SYST_RVR = ticks;
  SYST_CVR = 0;
  SYST_CSR = RUN_TIMER;
}

void shot_fired(const uint32_t *frame) {
  stop_timer();
  if (interrupted_at != 0) {
    check_print("a wake-up was lost: asleep for ever\n");
    target_exit(1);
  }
  interrupted_at = frame[6];
  start_timer(DEAD_AFTER);
  shot_handler();
}

/* What the processor has pushed is at the main stack's top. */
__attribute__((naked)) void SysTick_Handler(void) { __asm volatile("mrs r0, msp\n\tb shot_fired"); }

uint32_t shot_run(uint32_t ticks, void (*routine)(void), void (*handler)(void)) {
  shot_handler = handler;
  interrupted_at = 0;
  stop_timer();
  start_timer(ticks);
  routine();
  stop_timer();
  return interrupted_at;
}

static uint32_t count_ticks(void (*routine)(void)) {
  uint32_t ticks;
  SYST_CSR = 0;
  SYST_RVR = 0xffffff;
  SYST_CVR = 0;
  SYST_CSR = RUN_TIMER & ~2u; // without its interrupt
  routine();
  ticks = 0xffffff - SYST_CVR;
  SYST_CSR = 0;
  return ticks;
}

static void nothing(void) {}

/* An instruction is 64 ns at shift 6, a tick 40 ns. */
uint32_t shot_count(void (*routine)(void)) {
  return (count_ticks(routine) - count_ticks(nothing)) * 40 / 64;
}

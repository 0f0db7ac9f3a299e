/* SPDX-License-Identifier: ISC */
/* clock - monotonic milliseconds for every deadline, and jitter so that many clients never act at once. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

#define CLOCK_NEVER INT64_MAX

/* Milliseconds since some fixed point; never goes back. */
int64_t clock_ms(void);
/* Uniform in [0, n); n > 0. Not for secrets. Reseeds itself after a fork. */
int64_t clock_jitter(int64_t n);
/* A time in microseconds since 1970 as RFC 3339 writes it. */
#define CLOCK_TEXT 32
void clock_text(char text[CLOCK_TEXT], int64_t us);
/* What poll(2) may wait until the deadline: 0 if past, -1 for CLOCK_NEVER. */
int clock_left(int64_t deadline);

#endif

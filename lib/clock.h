/* SPDX-License-Identifier: ISC */
/* clock - monotonic milliseconds for every deadline, and jitter so that many clients never act at once. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_NEVER INT64_MAX

/* Milliseconds since some fixed point; never goes back. */
int64_t clock_ms(void);
/* Uniform in [0, n); n > 0. Not for secrets. Reseeds itself after a fork. */
int64_t clock_jitter(int64_t n);
#define CLOCK_TEXT 32
/* Seconds since 1970 as YYYY-MM-DDTHH:MM:SS, UTC; its length. libc's own (gmtime_r, strftime) write to memory that children share. */
size_t clock_date(char text[CLOCK_TEXT], int64_t seconds);
/* A time in microseconds since 1970 as RFC 3339 writes it. */
void clock_text(char text[CLOCK_TEXT], int64_t us);
/* What poll(2) may wait until the deadline: 0 if past, -1 for CLOCK_NEVER. */
int clock_left(int64_t deadline);

#endif

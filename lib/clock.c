/* SPDX-License-Identifier: ISC */
#include "lib/clock.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int64_t
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_jitter(int64_t n)
{
	static pid_t seeded_for;
	static unsigned short state[3];

	if (seeded_for != getpid()) {
		struct timespec ts;

		clock_gettime(CLOCK_REALTIME, &ts);
		seeded_for = getpid();
		state[0] = (unsigned short)ts.tv_nsec;
		state[1] = (unsigned short)((unsigned long)ts.tv_nsec >> 16);
		state[2] = (unsigned short)seeded_for;
	}
	return (int64_t)(erand48(state) * (double)n);
}

void
clock_text(char text[CLOCK_TEXT], int64_t us)
{
	time_t seconds = us / 1000000;
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(text, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, CLOCK_TEXT - n, ".%06dZ", (int)(us % 1000000));
}

int
clock_left(int64_t deadline)
{
	int64_t left;

	if (deadline == CLOCK_NEVER)
		return -1;
	left = deadline - clock_ms();
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

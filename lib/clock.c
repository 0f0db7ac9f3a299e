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

/* Years are taken to begin in March, so that the odd day is the last one. */
size_t
clock_date(char text[CLOCK_TEXT], int64_t seconds)
{
	int64_t days = seconds / 86400 + 719468, era = days / 146097; /* since 0000-03-01; 400 years */
	int of_day = (int)(seconds % 86400), of_era = (int)(days % 146097);
	int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
	int day = of_year - (153 * month + 2) / 5 + 1;

	return (size_t)snprintf(text, CLOCK_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", year + (int)era * 400 + (month >= 10),
	    month < 10 ? month + 3 : month - 9, day, of_day / 3600, of_day / 60 % 60, of_day % 60);
}

void
clock_text(char text[CLOCK_TEXT], int64_t us)
{
	size_t n = clock_date(text, us / 1000000);

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

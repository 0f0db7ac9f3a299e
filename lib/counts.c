/* SPDX-License-Identifier: ISC */
#include "lib/counts.h"

#include <string.h>
#include <time.h>

static struct counts own;
struct counts *counts = &own;

const int64_t counts_bucket[COUNTS_BUCKETS] = {500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000,
    2000000, 5000000};

void
counts_limited(const char *limit)
{
	static const char *const keys[C_COUNT] = {
#define X(what, key, metric, label) [what] = key,
	    COUNTS(X)
#undef X
	};

	for (int i = 0; limit != NULL && i < C_COUNT; i++)
		if (strncmp(keys[i], "limited_", 8) == 0 && strcmp(keys[i] + 8, limit) == 0)
			count((enum count)i);
}

void
counts_ended(const char *reason)
{
	static const struct {
		const char *reason;
		enum count what;
	} known[] = {{"logged_out", C_END_LOGGED_OUT}, {"replaced", C_END_REPLACED}, {"timeout", C_END_TIMEOUT},
	    {"abuse", C_END_ABUSE}, {"shutdown", C_END_SHUTDOWN}};

	for (size_t i = 0; reason != NULL && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].reason, reason) == 0) {
			count(known[i].what);
			return;
		}
	count(reason == NULL ? C_END_CLIENT : C_END_OTHER);
}

int64_t
counts_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void
counts_db(enum error e, int64_t began)
{
	int64_t us = counts_now() - began;
	int i = 0;

	count(e == E_OK ? C_DB_OK : e == E_UNAVAILABLE || e == E_INTERNAL ? C_DB_FAILED : C_DB_REFUSED);
	while (i < COUNTS_BUCKETS && us > counts_bucket[i])
		i++;
	counts_add(&counts->db_bucket[i], 1);
	counts_add(&counts->db_us, us);
}

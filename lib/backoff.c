/* SPDX-License-Identifier: ISC */
#include "lib/backoff.h"

#include "lib/clock.h"

int64_t
backoff_failed(struct backoff *b)
{
	b->now = b->now == 0 ? b->min : b->now * 2 > b->max ? b->max : b->now * 2;
	return b->now / 2 + clock_jitter(b->now / 2 + 1);
}

void
backoff_reset(struct backoff *b)
{
	b->now = 0;
}

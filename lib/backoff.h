/* SPDX-License-Identifier: ISC */
/* backoff - how long to wait after a failure: twice as long each time, with jitter, so that many never try together. */
#ifndef BACKOFF_H
#define BACKOFF_H

#include <stdint.h>

struct backoff {
	int64_t min, max; /* ms */
	int64_t now;      /* 0: nothing has failed yet */
};

/* After a failure: ms to wait, between half of and the whole of a span that doubles from min to max. */
int64_t backoff_failed(struct backoff *b);
/* It works again. */
void backoff_reset(struct backoff *b);

#endif

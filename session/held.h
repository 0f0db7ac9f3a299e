/* SPDX-License-Identifier: ISC */
/* held - entries that the bus brought before the one they follow: two who write at once may publish in another order. */
#ifndef HELD_H
#define HELD_H

#include "session/record.h"

#define HELD_MAX 32

struct held {
	struct record *record[HELD_MAX]; /* copies, with what they point to */
	int n;
	size_t bytes;
};

/* Copies r, if there is room for it. */
void held_keep(struct held *h, const struct record *r);
/* That entry, which the caller frees, or NULL. */
struct record *held_take(struct held *h, int64_t conv, int64_t seq);
void held_drop(struct held *h);

#endif

/* SPDX-License-Identifier: ISC */
/* feed - how far the client is in each of its conversations; what deliver.c and ack.c share. */
#ifndef FEED_H
#define FEED_H

#include "conn.h"

#define FEED_BATCH 64      /* conversations dealt with by one call of the database */
#define FEED_ACK_MS 1000   /* acknowledgements are stored at least so often, */
#define FEED_ACK_COUNT 100 /* or when there are so many */

/* NULL: the conversation is not known here. */
struct feed *feed_find(struct conn *c, int64_t conv);
/* base: the last entry the client has, -1: not known. Other feeds may move: pointers to them are stale afterwards. */
struct feed *feed_add(struct conn *c, int64_t conv, bool group, int64_t base);
void feed_drop(struct conn *c, struct feed *f);

bool feed_is_behind(const struct feed *f);
/* The client takes more: its window is open and its output not too long. */
bool feed_may_push(const struct conn *c);

/* The entry seq of f has been given to the client. */
void feed_pushed(struct conn *c, struct feed *f, int64_t seq);
/* The client has everything up to seq: to be stored soon. */
void feed_acked(struct conn *c, struct feed *f, int64_t seq);
/* If our membership ended with what was given last: nothing later is ours. */
void feed_end_if_over(struct conn *c, const struct feed *f);

#endif

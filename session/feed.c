/* SPDX-License-Identifier: ISC */
#include "session/feed.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/mutant.h"

static size_t
place_of(const struct conn *c, int64_t conv)
{
	size_t low = 0, high = c->n_feeds;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (c->feeds[mid].conv < conv)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct feed *
feed_find(struct conn *c, int64_t conv)
{
	size_t i = place_of(c, conv);

	return i < c->n_feeds && c->feeds[i].conv == conv ? &c->feeds[i] : NULL;
}

struct feed *
feed_add(struct conn *c, int64_t conv, bool group, int64_t base)
{
	size_t i = place_of(c, conv);

	if (c->n_feeds == c->cap_feeds) {
		c->cap_feeds = c->cap_feeds != 0 ? c->cap_feeds * 2 : 8;
		c->feeds = mem_realloc(c->feeds, c->cap_feeds * sizeof(c->feeds[0]));
	}
	memmove(&c->feeds[i + 1], &c->feeds[i], (c->n_feeds - i) * sizeof(c->feeds[0]));
	c->n_feeds++;
	c->feeds[i] = (struct feed){
	    .conv = conv, .group = group, .pushed = base, .high = base, .acked = base, .stored = base};
	return &c->feeds[i];
}

void
feed_drop(struct conn *c, struct feed *f)
{
	c->unacked -= f->unacked;
	bus_unlisten(c->bus, BUS_GROUP, f->conv);
	memmove(f, f + 1, (size_t)(&c->feeds[c->n_feeds] - (f + 1)) * sizeof(*f));
	c->n_feeds--;
}

bool
feed_is_behind(const struct feed *f)
{
	return f->pushed < f->high;
}

bool
feed_may_push(const struct conn *c)
{
	return c->unacked < WINDOW && buf_len(&c->out) < OUTPUT_HIGH && !c->closing;
}

void
feed_pushed(struct conn *c, struct feed *f, int64_t seq)
{
	f->pushed = seq;
	if (f->high < seq)
		f->high = seq;
	f->own = 0;
	f->unacked++;
	c->unacked++;
	if (MUTANT(10))
		feed_acked(c, f, seq);
}

void
feed_end_if_over(struct conn *c, const struct feed *f)
{
	if (f->ended && !feed_is_behind(f))
		bus_unlisten(c->bus, BUS_GROUP, f->conv);
}

void
feed_acked(struct conn *c, struct feed *f, int64_t seq)
{
	f->acked = seq;
	c->ack_count++;
	if (c->due[T_ACKS] == CLOCK_NEVER)
		conn_arm(c, T_ACKS, FEED_ACK_MS);
}

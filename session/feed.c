/* SPDX-License-Identifier: ISC */
#include "session/feed.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

struct feeds *
feeds_new(void)
{
	return mem_alloc(sizeof(struct feeds));
}

void
feeds_free(struct feeds **fs)
{
	if (*fs != NULL)
		free((*fs)->all);
	free(*fs);
	*fs = NULL;
}

static size_t
place_of(const struct feeds *fs, int64_t conv)
{
	size_t low = 0, high = fs->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (fs->all[mid].conv < conv)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct feed *
feed_find(struct feeds *fs, int64_t conv)
{
	size_t i = place_of(fs, conv);

	return i < fs->n && fs->all[i].conv == conv ? &fs->all[i] : NULL;
}

/* The client has everything up to base. */
static void
begin(struct feed *f, int64_t base)
{
	f->pushed = f->since = f->taken = f->acked = f->stored = base;
}

struct feed *
feed_add(struct feeds *fs, int64_t conv, bool group, int64_t base)
{
	size_t i = place_of(fs, conv);

	if (fs->n == fs->cap) {
		fs->cap = fs->cap != 0 ? fs->cap * 2 : 8;
		fs->all = mem_realloc(fs->all, fs->cap * sizeof(fs->all[0]));
	}
	memmove(&fs->all[i + 1], &fs->all[i], (fs->n - i) * sizeof(fs->all[0]));
	fs->n++;
	fs->all[i] = (struct feed){.conv = conv, .group = group, .high = base};
	begin(&fs->all[i], base);
	return &fs->all[i];
}

void
feed_drop(struct feeds *fs, struct feed *f)
{
	fs->unacked -= f->unacked;
	memmove(f, f + 1, (size_t)(&fs->all[fs->n] - (f + 1)) * sizeof(*f));
	fs->n--;
}

bool
feed_is_behind(const struct feed *f)
{
	return f->pushed < f->high;
}

void
feed_promise(struct feed *f, int64_t seq)
{
	if (f->high < seq)
		f->high = seq;
}

void
feed_ends(struct feed *f, int64_t seq)
{
	f->ended = true;
	f->high = seq;
}

void
feed_merge(struct feeds *fs, struct feed *f, const struct reach *r)
{
	if (f->pushed < r->base) { /* joined again, or all that was missing is acknowledged */
		fs->unacked -= f->unacked;
		*f = (struct feed){.conv = r->conv};
		begin(f, r->base);
	}
	f->group = r->is_group;
	f->ended = !r->is_member;
	if (f->high < r->high || f->ended)
		f->high = r->high > f->pushed ? r->high : f->pushed;
}

void
feed_settle(struct feed *f, int64_t next)
{
	if (f->pushed < 0)
		begin(f, next != 0 ? next - 1 : f->high);
	else if (next != 0)
		f->pushed = f->taken = f->acked = f->stored = next - 1;
	if (next == 0)
		f->high = f->pushed;
}

void
feed_pushed(struct feeds *fs, struct feed *f, int64_t seq)
{
	if (f->pushed < 0)
		begin(f, seq - 1);
	f->pushed = seq;
	feed_promise(f, seq);
	f->own = 0;
	f->unacked++;
	fs->unacked++;
}

void
feed_own(struct feed *f, int64_t first, int64_t last)
{
	f->pushed = last;
	if (f->own == 0)
		f->own = first;
	if (f->taken >= f->own - 1)
		f->taken = last;
	if (f->acked >= f->own - 1)
		f->acked = last; /* the reply says it all: nothing is left to acknowledge */
}

/* Entries that are answers to own sends have nothing to be acknowledged, and go with what is before them. */
static int64_t
reach(const struct feed *f, int64_t seq)
{
	return seq > f->pushed || (f->own != 0 && seq >= f->own - 1) ? f->pushed : seq;
}

void
feed_take(struct feeds *fs, struct feed *f, int64_t seq)
{
	int freed;

	seq = reach(f, seq);
	if (f->pushed < 0 || seq <= f->taken)
		return;
	freed = seq == f->pushed || seq - f->taken > f->unacked ? f->unacked : (int)(seq - f->taken);
	f->unacked -= freed;
	fs->unacked -= freed;
	f->taken = seq;
}

void
feed_again(struct feeds *fs, struct feed *f)
{
	if (f->since >= f->pushed)
		return;
	f->pushed = f->taken = f->since;
	f->own = 0;
	fs->unacked -= f->unacked;
	f->unacked = 0;
}

void
feed_ack(struct feeds *fs, struct feed *f, int64_t seq)
{
	feed_take(fs, f, seq);
	seq = reach(f, seq);
	if (f->pushed < 0 || seq <= f->acked)
		return;
	f->arrived = true;
	f->acked = seq;
}

bool
feed_take_arrived(struct feed *f)
{
	bool arrived = f->arrived || f->told;

	f->arrived = f->told = false;
	return arrived;
}

void
feed_handed(struct feed *f)
{
	f->told = feed_take_arrived(f);
	f->handed = f->acked;
}

void
feed_handed_stored(struct feeds *fs)
{
	for (struct feed *f = fs->all; f < fs->all + fs->n; f++) {
		if (f->stored < f->handed)
			f->stored = f->handed;
		f->told = false;
	}
}

size_t
feed_unstored(const struct feeds *fs, int64_t conv[], int64_t seq[], size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < fs->n && n < max; i++)
		if (fs->all[i].stored < fs->all[i].acked) {
			conv[n] = fs->all[i].conv;
			seq[n++] = fs->all[i].acked;
		}
	return n;
}

void
feed_stored(struct feeds *fs, int64_t conv, int64_t seq)
{
	struct feed *f = feed_find(fs, conv);

	if (f != NULL)
		f->stored = seq;
}

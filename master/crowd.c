/* SPDX-License-Identifier: ISC */
#include "master/crowd.h"

#include <stdlib.h>
#include <string.h>

#include "db/message.h"
#include "db/session.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "session/shared.h"
#include "session/tell.h"

#define CALL_MS 2000  /* then it is given up */
#define ROUND_MS 600  /* acknowledgements are stored within a second */
#define LOOK_MS 200   /* who asks to be looked after is, within two seconds of an outage's end, too */
#define BATCH 1000    /* acknowledgements, or sessions, of one call */
#define SHUN_MS 10000 /* so long a session stores its own after the database took its alone neither */
#define RETRY_MS 1000
#define EARLY_MS 15000 /* sweeps that are due so soon are done with the one that is */
#define EARLY_DEGRADED_MS 500

/* One acknowledgement. */
struct mark {
	int64_t device, conv, seq;
	bool arrived;
	int slot;
};

struct range {
	size_t from, to;
};

/* What the keeper knows of a slot. */
struct own {
	int64_t changes; /* as its acknowledgements were taken */
	int left;        /* of them still to be stored */
	int64_t shun;    /* until then they are the session's */
};

struct crowd {
	struct db *db;
	struct bus *bus;
	int64_t take_at; /* acknowledgements from the table again, */
	int64_t look_at; /* and who in it is due */
	struct own *own; /* by slot */

	/* a round of acknowledgements, by device and conversation */
	struct mark *mark;
	size_t n, cap, done;
	struct range half[64]; /* of batches that failed */
	int halves;

	/* a round of sweeps */
	int next;   /* slot to look at; none: shared->top */
	bool all;   /* those that are not due, too: the database was away */
	bool poke;
	int64_t sweep_at; /* not before */
};

struct crowd *
crowd_new(struct db *db, struct bus *bus)
{
	struct crowd *c = mem_alloc(sizeof(*c));

	*c = (struct crowd){.db = db, .bus = bus, .next = shared->slots, .poke = true};
	c->own = mem_alloc((size_t)shared->slots * sizeof(c->own[0]));
	db_limit(db, CALL_MS);
	return c;
}

void
crowd_free(struct crowd **c)
{
	free((*c)->own);
	free((*c)->mark);
	free(*c);
	*c = NULL;
}

/* Acknowledgements */

static int
by_place(const void *x, const void *y)
{
	const struct mark *a = x, *b = y;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return a->conv < b->conv ? -1 : a->conv > b->conv;
}

static void
take_slot(struct crowd *c, int at)
{
	struct slot *slot = &shared->slot[at];
	struct noted h;

	if (slot->child == 0 || slot->changes == slot->stored || c->own[at].shun > clock_ms() || !shared_take(slot, &h))
		return;
	c->own[at] = (struct own){.changes = h.changes, .left = h.n};
	if (h.n == 0)
		slot->stored = h.changes;
	if (c->n + (size_t)h.n > c->cap) {
		c->cap = (c->n + (size_t)h.n) * 2;
		c->mark = mem_realloc(c->mark, c->cap * sizeof(c->mark[0]));
	}
	for (int i = 0; i < h.n; i++)
		c->mark[c->n++] = (struct mark){.device = h.device, .conv = h.ack[i].conv, .seq = h.ack[i].seq,
		    .arrived = h.ack[i].arrived, .slot = at};
}

/* Begins a round, if none goes on. */
static void
take_all(struct crowd *c)
{
	if (c->done < c->n || c->halves > 0)
		return;
	c->n = c->done = 0;
	for (int at = 0; at < shared->top; at++)
		take_slot(c, at);
	if (c->n > 0)
		qsort(c->mark, c->n, sizeof(c->mark[0]), by_place);
	for (size_t i = 1; i < c->n; i++) /* one device in two slots: the older session ends just now */
		if (by_place(&c->mark[i], &c->mark[i - 1]) == 0)
			c->mark[i].arrived = c->mark[i - 1].arrived = c->mark[i].arrived || c->mark[i - 1].arrived;
}

static void
crowd_tell(struct crowd *c, struct range r)
{
	struct arrived a;

	while (db_arrived_next(c->db, &a)) {
		const struct mark key = {.device = a.device, .conv = a.conv};
		const struct mark *m = bsearch(&key, c->mark + r.from, r.to - r.from, sizeof(key), by_place);

		if (m != NULL && m->arrived)
			tell_delivered(c->bus, 0, &a);
	}
}

static void
stored(struct crowd *c, struct range r)
{
	shared->acks_stored += (int64_t)(r.to - r.from);
	for (size_t i = r.from; i < r.to; i++) {
		int at = c->mark[i].slot;

		if (--c->own[at].left == 0)
			shared->slot[at].stored = c->own[at].changes;
	}
}

/* A batch fails as a whole: because of a lock held by somebody, say. Its halves show for whom. */
static void
crowd_failed(struct crowd *c, struct range r)
{
	size_t middle = r.from + (r.to - r.from) / 2;

	shared->ack_failures++;
	if (r.to - r.from == 1) {
		c->own[c->mark[r.from].slot].shun = clock_ms() + SHUN_MS;
		return;
	}
	c->half[c->halves++] = (struct range){r.from, middle};
	c->half[c->halves++] = (struct range){middle, r.to};
}

static void
store_some(struct crowd *c)
{
	int64_t device[BATCH], conv[BATCH], seq[BATCH], given_up;
	struct range r = {c->done, c->n - c->done < BATCH ? c->n : c->done + BATCH};

	if (c->halves > 0)
		r = c->half[--c->halves];
	else
		c->done = r.to;
	for (size_t i = r.from; i < r.to; i++) {
		device[i - r.from] = c->mark[i].device;
		conv[i - r.from] = c->mark[i].conv;
		seq[i - r.from] = c->mark[i].seq;
	}
	shared->ack_calls++;
	given_up = clock_ms() + CALL_MS;
	if (db_message_acks(c->db, device, conv, seq, r.to - r.from) == E_OK) {
		shared->away = false;
		crowd_tell(c, r);
		stored(c, r);
	} else if (db_is_connected(c->db) || clock_ms() >= given_up) {
		crowd_failed(c, r);
	} else { /* not a matter of halves: all of it again, later */
		c->n = c->done = 0;
		c->halves = 0;
		c->take_at = clock_ms() + RETRY_MS;
		shared->away = true;
	}
}

/* The sweep */

static bool
is_due(const struct crowd *c, const struct slot *slot, int64_t early)
{
	return slot->child != 0 && slot->session != 0 &&
	       (c->all || slot->due <= clock_ms() + (early == 0 ? 0 : slot->degraded ? EARLY_DEGRADED_MS : EARLY_MS));
}

/* Begins a round, if somebody is due. */
static void
look_who_is_due(struct crowd *c)
{
	if (c->next < shared->top || clock_ms() < c->sweep_at)
		return;
	for (int at = 0; at < shared->top; at++)
		if (is_due(c, &shared->slot[at], 0)) {
			c->next = 0;
			return;
		}
}

static void
wake(struct crowd *c, int at, struct woken *w)
{
	if (!w->gone && !w->more && w->n == 0)
		return;
	shared_wake(&shared->slot[at], w);
	shared->woken++;
	c->poke = true;
	*w = (struct woken){0};
}

/* Session by session. */
static void
wake_some(struct crowd *c, const int slot[])
{
	struct woken w = {0};
	struct swept row;
	int n = -1;

	while (db_swept_next(c->db, &row)) {
		if (row.n != n && n >= 0)
			wake(c, slot[n], &w);
		n = row.n;
		if (row.gone)
			w.gone = true;
		else if (w.n == SHARED_BEHIND)
			w.more = true;
		else {
			w.at[w.n].conv = row.conv;
			w.at[w.n++].high = row.high;
		}
	}
	if (n >= 0)
		wake(c, slot[n], &w);
}

/* The table is read before the database: who is in it has its row, and a session that came later is none of ours. */
static void
sweep_some(struct crowd *c)
{
	int64_t session[BATCH], due[BATCH], now = clock_ms();
	int slot[BATCH];
	size_t n = 0;

	for (; c->next < shared->top && n < BATCH; c->next++) {
		const struct slot *s = &shared->slot[c->next];
		struct noted h;

		if (!is_due(c, s, EARLY_MS) || !shared_take(s, &h))
			continue;
		due[n] = s->due;
		session[n] = h.session;
		slot[n++] = c->next;
	}
	if (n > 0 && db_session_sweep(c->db, session, n, SHARED_BEHIND + 1) != E_OK) {
		shared->away = !db_is_connected(c->db);
		c->all = true;
		c->next = shared->slots;
		c->sweep_at = clock_ms() + RETRY_MS / 2 + clock_jitter(RETRY_MS);
		return;
	}
	if (n > 0) {
		shared->away = false;
		shared->sweeps++;
		wake_some(c, slot);
	}
	for (size_t i = 0; i < n; i++) {
		struct slot *s = &shared->slot[slot[i]];
		int64_t interval = s->degraded ? SWEEP_DEGRADED_MS : SWEEP_MS;

		/* Unless somebody has come who wants it sooner. */
		atomic_compare_exchange_strong(&s->due, &due[i], (now + interval * 3 / 4 + clock_jitter(interval / 4)) & ~INT64_C(1));
	}
	if (c->next >= shared->top)
		c->all = false;
}

bool
crowd_work(struct crowd *c)
{
	bool poke;

	if (clock_ms() >= c->take_at) {
		c->take_at = clock_ms() + ROUND_MS;
		take_all(c);
	}
	if (clock_ms() >= c->look_at) {
		c->look_at = clock_ms() + LOOK_MS;
		look_who_is_due(c);
	}
	if (c->done < c->n || c->halves > 0)
		store_some(c);
	if (c->next < shared->top)
		sweep_some(c);
	poke = c->poke;
	c->poke = false;
	return poke;
}

int64_t
crowd_due(const struct crowd *c)
{
	if (c->done < c->n || c->halves > 0 || c->next < shared->top)
		return 0;
	return c->take_at < c->look_at ? c->take_at : c->look_at;
}

/* Those who have ended */

static int
by_child(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return a < b ? -1 : a > b;
}

static void
free_slots(struct crowd *c, int64_t last, int64_t children[], size_t n, bool living)
{
	take_all(c);
	qsort(children, n, sizeof(children[0]), by_child);
	for (int at = 0; at < shared->top; at++) {
		int64_t child = shared->slot[at].child;
		bool found = child != 0 && n > 0 && bsearch(&child, children, n, sizeof(child), by_child) != NULL;

		if (child != 0 && child <= last && found != living)
			shared_free(&shared->slot[at]);
	}
}

void
crowd_lost(struct crowd *c, int64_t children[], size_t n)
{
	free_slots(c, INT64_MAX, children, n, false);
}

void
crowd_only(struct crowd *c, int64_t last, int64_t children[], size_t n)
{
	free_slots(c, last, children, n, true);
}

/* SPDX-License-Identifier: ISC */
#include "session/catchup.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "session/delivery.h"
#include "session/limits.h"
#include "session/tell.h"

#define FETCH_MAX 128   /* entries asked for at once; the database also stops at about 256 KiB of text */
#define SWEEP_MS 60000
#define SWEEP_DEGRADED_MS 4500 /* with the query and the delivery, 5 s are kept */
#define FETCH_RETRY_MS 1000 /* after PostgreSQL did not answer */

/* With this entry our own membership ends. */
static bool
ends_us(const struct session *s, const struct entry *e)
{
	return (strcmp(e->kind, "kick") == 0 && e->ref == s->user) || (strcmp(e->kind, "leave") == 0 && e->from_id == s->user);
}

/* Gives the entries that the database has brought, those before entry `before`. Returns how many there were. */
static int
give(struct session *s, int64_t before)
{
	struct entry e;
	int got = 0;

	while (db_entry_next(s->db, &e)) {
		struct feed *f = feed_find(s->feeds, e.conv);

		got++;
		if (f == NULL || e.seq <= f->pushed || e.seq >= before)
			continue;
		if (e.from_id != s->user)
			e.cid = NULL; /* is its sender's alone */
		session_event(s, &(struct event){.kind = EVENT_MESSAGE, .entry = &e});
		feed_pushed(s->feeds, f, e.seq);
		if (ends_us(s, &e))
			feed_ends(f, e.seq);
	}
	return got;
}

/* The login's part of the backlog, if it still waits. */
static bool
take_page(struct session *s)
{
	if (!s->delivery->page)
		return false;
	s->delivery->page = false;
	db_unhold(s->db);
	db_part(s->db, "entry");
	give(s, INT64_MAX);
	for (size_t i = 0; i < s->feeds->n; i++)
		delivery_end_if_over(s, &s->feeds->all[i]);
	return true;
}

/* Fetches what comes after the pushed entry of the feeds given. Returns the number of entries, -1: not now. */
static int
fetch(struct session *s, struct feed *const wanted[], size_t n, int64_t before)
{
	int64_t conv[FEED_BATCH], after[FEED_BATCH];
	int room = WINDOW - s->feeds->unacked;

	for (size_t i = 0; i < n; i++) {
		conv[i] = wanted[i]->conv;
		after[i] = wanted[i]->pushed;
	}
	if (db_message_backlog(s->db, s->device, conv, after, n, room < FETCH_MAX ? room : FETCH_MAX) != E_OK)
		return -1;
	return give(s, before);
}

int
catchup_fetch(struct session *s, struct feed *f, int64_t before)
{
	take_page(s);
	return fetch(s, &f, 1, before);
}

void
catchup_later(struct session *s)
{
	s->delivery->fetch_at = clock_ms() + FETCH_RETRY_MS / 2 + clock_jitter(FETCH_RETRY_MS / 2);
}

void
catchup_step(struct session *s)
{
	struct feed *wanted[FEED_BATCH];
	size_t n = 0;
	int got;

	if (take_page(s))
		return;
	for (size_t i = 0; i < s->feeds->n && n < FEED_BATCH; i++)
		if (feed_is_behind(&s->feeds->all[i]))
			wanted[n++] = &s->feeds->all[i];
	if (n == 0) {
		s->delivery->behind = false;
		return;
	}
	got = fetch(s, wanted, n, INT64_MAX);
	if (got < 0) {
		catchup_later(s);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (got == 0)
			feed_settle(wanted[i], 0);
		delivery_end_if_over(s, wanted[i]);
	}
}

void
catchup_merge(struct session *s, const struct reach *r)
{
	struct feed *f = feed_find(s->feeds, r->conv);

	if (f == NULL)
		f = feed_add(s->feeds, r->conv, r->is_group, r->base);
	feed_merge(s->feeds, f, r);
	if (feed_is_behind(f))
		s->delivery->behind = true;
	delivery_end_if_over(s, f);
}

/* Groups we were in and are not told of any more: that membership is over and acknowledged. */
static void
forget_ended(struct session *s, const int64_t alive[], size_t n)
{
	for (size_t i = s->feeds->n; i-- > 0;) {
		struct feed *f = &s->feeds->all[i];
		bool found = !f->group;

		for (size_t k = 0; k < n && !found; k++)
			found = alive[k] == f->conv;
		if (found)
			continue;
		bus_unlisten(s->bus, BUS_GROUP, f->conv);
		feed_drop(s->feeds, f);
	}
}

/* What the newest call of the database says of them. */
static void
merge_all(struct session *s)
{
	struct reach r;
	int64_t *alive = NULL;
	size_t n = 0, cap = 0;

	s->delivery->resync = false;
	while (db_reach_next(s->db, &r)) {
		catchup_merge(s, &r);
		if (!r.is_group)
			continue;
		if (n == cap) {
			cap = cap != 0 ? cap * 2 : 16;
			alive = mem_realloc(alive, cap * sizeof(alive[0]));
		}
		alive[n++] = r.conv;
		/* What is said before Redis confirms is not heard: look again after. */
		if (r.is_member && bus_listen(s->bus, BUS_GROUP, r.conv))
			s->delivery->resync = true;
	}
	forget_ended(s, alive, n);
	free(alive);
}

enum error
catchup_refresh(struct session *s)
{
	enum error e = db_message_sync(s->db, s->device);

	if (e == E_OK)
		merge_all(s);
	return e;
}

enum error
catchup_begin(struct session *s, bool arrived)
{
	enum error e = db_session_catch_up(s->db, s->user, s->device, arrived, FEED_BATCH, FETCH_MAX);

	if (e != E_OK)
		return e;
	db_part(s->db, "reach");
	merge_all(s);
	s->delivery->page = db_part(s->db, "entry");
	if (s->delivery->page)
		db_hold(s->db);
	return E_OK;
}

void
catchup_sweep(struct session *s)
{
	const char *over = NULL;
	struct delivery *d = s->delivery;
	int64_t interval = bus_live(s->bus) ? SWEEP_MS : SWEEP_DEGRADED_MS;

	d->sweep_at = clock_ms() + interval * 3 / 4 + clock_jitter(interval / 4);
	if (db_session_alive(s->db, s->id, s->device, &s->place, &over) == E_OK && over != NULL) {
		if (strcmp(over, "back") != 0) {
			session_bye(s, over);
			return;
		}
		/* A node took ours for dead, and said that we are offline. */
		if (db_session_arrived(s->db, s->user) == E_OK)
			tell_fans(s->db, s->bus, s->id, true);
	}
	if (catchup_refresh(s) != E_OK)
		d->sweep_at = clock_ms() + 1000 + clock_jitter(2000);
	db_forget(s->db);
	malloc_trim(0); /* what a busy time or the login needed is not kept by an idle session */
}

/* SPDX-License-Identifier: ISC */
#include "session/catchup.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "session/delivery.h"
#include "session/limits.h"
#include "session/shared.h"
#include "session/tell.h"

#define FETCH_MAX 128   /* entries asked for at once; the database also stops at about 256 KiB of text */
#define FETCH_RETRY_MS 1000 /* after PostgreSQL did not answer */
#define HEAR_MS 300 /* so long the bus may take for what is known to be there */
#define FETCH_PAUSE_MS 50 /* between two fetches, when there is room for a few entries only */
#define KEEPER_MS 2000 /* so late the keeper may be */

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

/* A client that acknowledges one by one frees one place after the other: that is not a query for each. */
int64_t
catchup_due(const struct session *s)
{
	const struct delivery *d = s->delivery;

	if (d->fetch_at != CLOCK_NEVER || !d->behind || !delivery_may_push(s))
		return d->fetch_at;
	return WINDOW - s->feeds->unacked >= FETCH_MAX ? 0 : d->fetched_at + FETCH_PAUSE_MS;
}

void
catchup_later(struct session *s)
{
	s->delivery->fetch_at = clock_ms() + FETCH_RETRY_MS / 2 + clock_jitter(FETCH_RETRY_MS / 2);
}

void
catchup_soon(struct session *s, int64_t ms)
{
	struct delivery *d = s->delivery;

	if (d->synced && d->fetch_at == CLOCK_NEVER && bus_live(s->bus))
		d->fetch_at = clock_ms() + ms;
}

void
catchup_done(struct session *s)
{
	for (size_t i = 0; i < s->feeds->n; i++)
		if (feed_is_behind(&s->feeds->all[i]))
			return;
	s->delivery->behind = false;
	s->delivery->fetch_at = CLOCK_NEVER;
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
	s->delivery->fetched_at = clock_ms();
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

/* Does the database still say that this login has the device? */
static void
check_row(struct session *s)
{
	const char *over = NULL;

	if (db_session_check(s->db, s->id, s->device, s->token, &s->place, &over) != E_OK || over == NULL)
		return;
	if (strcmp(over, "back") != 0) {
		session_bye(s, over);
		return;
	}
	/* A node took ours for dead, and said that we are offline. */
	if (!s->place.quiet && db_session_arrived(s->db, s->user) == E_OK)
		tell_fans(s->db, s->bus, s->id, true);
}

/* What the keeper does for all sessions: where it does not, or has no room for us. */
static void
sweep(struct session *s)
{
	bool was_behind = s->delivery->behind;

	shared->own_sweeps++;
	bus_ask(s->bus);
	check_row(s);
	if (catchup_refresh(s) != E_OK)
		s->delivery->sweep_at = clock_ms() + 1000 + clock_jitter(2000);
	if (s->delivery->behind && !was_behind)
		catchup_soon(s, HEAR_MS);
	db_forget(s->db);
}

static int64_t
interval(const struct session *s)
{
	return s->delivery->degraded ? SWEEP_DEGRADED_MS : SWEEP_MS;
}

void
catchup_enter(struct session *s, int64_t ms)
{
	int64_t due = clock_ms() + ms;

	s->slot = shared_enter(s->place.child, s->id, s->user, s->device, due);
	s->delivery->sweep_at = s->slot != NULL ? due + KEEPER_MS : due;
}

void
catchup_degraded(struct session *s)
{
	int64_t due = clock_ms() + clock_jitter(1000);

	if (s->slot != NULL)
		s->slot->degraded = s->delivery->degraded;
	if (!s->delivery->degraded)
		return;
	if (s->slot != NULL)
		shared_ask(s->slot, due);
	s->delivery->sweep_at = s->slot != NULL ? due + KEEPER_MS : due;
}

void
catchup_anew(struct session *s)
{
	struct delivery *d = s->delivery;

	if (s->slot == NULL || !d->synced || !shared_is_kept()) {
		d->resync = true;
		return;
	}
	d->anew = true;
	d->sweep_at = clock_ms() + KEEPER_MS;
	shared_ask(s->slot, clock_ms());
}

void
catchup_sweep(struct session *s)
{
	int64_t now = clock_ms(), due = s->slot != NULL ? s->slot->due : 0;

	if (due > now || (s->slot != NULL && shared_is_kept())) {
		s->delivery->sweep_at = (due > now ? due : now) + KEEPER_MS + clock_jitter(KEEPER_MS);
	} else {
		due = now + interval(s) * 3 / 4 + clock_jitter(interval(s) / 4);
		s->delivery->sweep_at = due;
		sweep(s);
	}
}

void
catchup_wake(struct session *s)
{
	struct delivery *d = s->delivery;
	bool was_behind = d->behind;
	struct woken w;

	shared_read(s->slot, &w);
	if (w.gone)
		check_row(s);
	d->resync = d->resync || w.more;
	for (int i = 0; i < w.n; i++) {
		struct feed *f = feed_find(s->feeds, w.at[i].conv);

		if (f == NULL)
			d->resync = true;
		else if (f->high < w.at[i].high && !f->ended) {
			feed_promise(f, w.at[i].high);
			d->behind = true;
		}
	}
	if (d->behind && !was_behind && !d->anew) {
		catchup_soon(s, HEAR_MS);
		bus_ask(s->bus); /* which has not brought it */
	}
	d->anew = false;
}

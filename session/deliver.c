/* SPDX-License-Identifier: ISC */
#include "session/deliver.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "session/event.h"
#include "session/feed.h"
#include "lib/clock.h"
#include "lib/jw.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/mutant.h"

#define FETCH_MAX 128   /* entries asked for at once; the database also stops at about 256 KiB of text */
#define SWEEP_MS 60000
#define SWEEP_DEGRADED_MS 4500 /* with the query and the delivery, 5 s are kept */
#define FETCH_RETRY_MS 1000 /* after PostgreSQL did not answer */
#define EARLY_MAX 65536
#define GAP_MS 5 /* how long an own send waits for the bus to bring what was stored before it */

/* From the bus */

/* The line, and for a session of the sender with its cid before the closing brace. */
static void
write_line(struct conn *c, const struct record *r)
{
	struct buf line = {0};

	if (r->cid == NULL || r->from != c->user) {
		conn_event(c, r->line, r->len);
		return;
	}
	buf_add(&line, r->line, r->len - 2);
	buf_adds(&line, ",\"cid\":");
	buf_add(&line, r->cid, r->cidlen);
	buf_adds(&line, "}\n");
	conn_event_buf(c, &line);
}

static void
record_is_entry(struct conn *c, enum bus_kind kind, const struct record *r)
{
	struct feed *f = feed_find(c, r->conv);

	/* A group we are not in, or not any more: this was on its way before Redis heard that we listen no longer. */
	if (f == NULL && kind == BUS_GROUP)
		return;
	/* A direct conversation that had nothing waiting at login: only its first entry says where it stands. */
	if (f == NULL)
		f = feed_add(c, r->conv, false, r->seq == 1 ? 0 : -1);
	if (r->seq <= f->pushed || (f->ended && r->seq > f->high))
		return;
	if (f->high < r->seq)
		f->high = r->seq;
	if (r->gone == c->user) {
		f->ended = true;
		f->high = r->seq;
	}
	/* Before `synced`, what is new is part of the backlog. */
	if (MUTANT(4) && f->pushed >= 0 && c->synced)
		f->pushed = r->seq - 1;
	if (r->seq != f->pushed + 1 || f->pushed < 0 || !feed_may_push(c) || !c->synced) {
		c->behind = true;
		return;
	}
	write_line(c, r);
	feed_pushed(c, f, r->seq);
	feed_end_if_over(c, f);
}

static void
take_record(struct conn *c, enum bus_kind kind, const struct record *r)
{
	switch (r->type) {
	case 'm':
		/* What arrives before the feeds are loaded was committed before they are read.
		 * Own sends are in their replies. */
		if (c->open && r->session != c->session)
			record_is_entry(c, kind, r);
		break;
	case 'e':
		if (r->session == c->session || c->closing)
			break;
		if (c->open && buf_len(&c->out) < OUTPUT_HIGH)
			conn_event(c, r->line, r->len);
		else if (!c->open && buf_len(&c->early) < EARLY_MAX)
			buf_add(&c->early, r->line, r->len); /* after the session reply, which may not know of it */
		break;
	case 'g':
		if (r->session != c->session)
			c->resync = true;
		break;
	case 'x':
		if (r->device == c->device && r->session > c->session)
			conn_bye(c, "replaced", 0);
		break;
	case 'r':
		if (r->device == c->device)
			conn_bye(c, "logged_out", 0);
		break;
	}
}

void
deliver_payload(void *conn, enum bus_kind kind, const char *payload, size_t n)
{
	struct record r;
	int more;

	while ((more = record_next(&payload, &n, &r)) == 1)
		take_record(conn, kind, &r);
	if (more < 0)
		log_warn("bus_garbage", "bytes=%zu", n);
}

/* From PostgreSQL */

/* With this entry our own membership ends. */
static bool
ends_us(const struct conn *c, const struct entry *e)
{
	return (strcmp(e->kind, "kick") == 0 && e->ref == c->user) || (strcmp(e->kind, "leave") == 0 && e->from_id == c->user);
}

/* Fetches what comes after the pushed entry of the feeds given. Returns the number of entries, -1: not now. */
static int
fetch(struct conn *c, struct feed *const wanted[], size_t n, int64_t before)
{
	int64_t conv[FEED_BATCH], after[FEED_BATCH];
	int room = WINDOW - c->unacked, got = 0;
	struct buf line = {0};
	struct entry e;

	for (size_t i = 0; i < n; i++) {
		conv[i] = wanted[i]->conv;
		after[i] = wanted[i]->pushed;
	}
	if (db_message_backlog(c->db, c->device, conv, after, n, room < FETCH_MAX ? room : FETCH_MAX) != E_OK)
		return -1;
	while (db_entry_next(c->db, &e)) {
		struct feed *f = feed_find(c, e.conv);

		got++;
		if (f == NULL || e.seq <= f->pushed || e.seq >= before)
			continue;
		event_entry(&line, &e, e.from_id == c->user);
		conn_event(c, buf_data(&line), buf_len(&line));
		buf_cut(&line, 0);
		if (f->pushed < 0)
			f->acked = f->stored = e.seq - 1;
		feed_pushed(c, f, e.seq);
		if (ends_us(c, &e)) {
			f->ended = true;
			f->high = e.seq;
		}
	}
	buf_free(&line);
	return got;
}

/* Nothing was found beyond what the client has: whatever promised more was wrong. */
static void
settle(struct feed *f)
{
	if (f->pushed < 0)
		f->pushed = f->acked = f->stored = f->high;
	f->high = f->pushed;
}

static void
catch_up(struct conn *c)
{
	struct feed *wanted[FEED_BATCH];
	size_t n = 0;
	int got;

	for (size_t i = 0; i < c->n_feeds && n < FEED_BATCH; i++)
		if (feed_is_behind(&c->feeds[i]))
			wanted[n++] = &c->feeds[i];
	if (n == 0) {
		c->behind = false;
		return;
	}
	got = fetch(c, wanted, n, INT64_MAX);
	if (got < 0) {
		conn_arm(c, T_FETCH, FETCH_RETRY_MS / 2 + clock_jitter(FETCH_RETRY_MS / 2));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (got == 0)
			settle(wanted[i]);
		feed_end_if_over(c, wanted[i]);
	}
}

static void
merge(struct conn *c, const struct reach *r)
{
	struct feed *f = feed_find(c, r->conv);

	if (f == NULL)
		f = feed_add(c, r->conv, r->is_group, r->base);
	if (f->pushed < r->base) { /* joined again, or all that was missing is acknowledged */
		c->unacked -= f->unacked;
		*f = (struct feed){.conv = r->conv, .pushed = r->base, .acked = r->base, .stored = r->base};
	}
	f->group = r->is_group;
	f->ended = !r->is_member;
	if (f->high < r->high || f->ended)
		f->high = r->high > f->pushed ? r->high : f->pushed;
	if (feed_is_behind(f))
		c->behind = true;
	feed_end_if_over(c, f);
}

/* Groups we were in and are not told of any more: that membership is over and acknowledged. */
static void
forget_ended(struct conn *c, const int64_t alive[], size_t n)
{
	for (size_t i = c->n_feeds; i-- > 0;) {
		bool found = !c->feeds[i].group;

		for (size_t k = 0; k < n && !found; k++)
			found = alive[k] == c->feeds[i].conv;
		if (!found)
			feed_drop(c, &c->feeds[i]);
	}
}

static enum error
refresh(struct conn *c)
{
	struct reach r;
	int64_t *alive = NULL;
	size_t n = 0, cap = 0;
	enum error e = db_message_sync(c->db, c->device);

	if (e != E_OK)
		return e;
	c->resync = false;
	while (db_reach_next(c->db, &r)) {
		merge(c, &r);
		if (!r.is_group)
			continue;
		if (n == cap) {
			cap = cap != 0 ? cap * 2 : 16;
			alive = mem_realloc(alive, cap * sizeof(alive[0]));
		}
		alive[n++] = r.conv;
		/* What is said before Redis confirms is not heard: look again after. */
		if (r.is_member && bus_listen(c->bus, BUS_GROUP, r.conv))
			c->resync = true;
	}
	forget_ended(c, alive, n);
	free(alive);
	return E_OK;
}

enum error
deliver_open(struct conn *c)
{
	enum error e = refresh(c);

	if (e != E_OK)
		return e;
	c->open = true;
	c->behind = true; /* also when nothing waits: catch_up finds out, and `synced` is said */
	/* Soon, because what was stored while we logged in may not have been published to us. */
	conn_arm(c, T_SWEEP, 2000 + clock_jitter(2000));
	return E_OK;
}

void
deliver_close(struct conn *c)
{
	if (c->open)
		deliver_store_acks(c);
	buf_free(&c->early);
	free(c->feeds);
	c->feeds = NULL;
	c->n_feeds = c->cap_feeds = 0;
	c->unacked = c->ack_count = 0;
	c->open = c->behind = c->resync = c->synced = false;
	conn_disarm(c, T_ACKS);
	conn_disarm(c, T_SWEEP);
}

void
deliver_joined(struct conn *c, int64_t conv, int64_t seq)
{
	struct reach r = {.conv = conv, .is_group = true, .is_member = true, .base = seq - 1, .high = seq};

	bus_listen(c->bus, BUS_GROUP, conv);
	merge(c, &r);
	c->resync = true;
}

/* Own sends */

/* Brings f up to first - 1: from the bus if it is about to come, else from PostgreSQL. */
static void
close_gap(struct conn *c, int64_t conv, int64_t first)
{
	int64_t deadline = clock_ms() + GAP_MS;
	struct feed *f;

	while (f = feed_find(c, conv), f != NULL && f->pushed >= 0 && f->pushed < first - 1 && bus_up(c->bus) && feed_may_push(c)) {
		struct pollfd fds[BUS_FDS];

		bus_work(c->bus);
		f = feed_find(c, conv);
		if (f == NULL || f->pushed >= first - 1 || clock_ms() >= deadline)
			break;
		poll(fds, (nfds_t)bus_poll(c->bus, fds), clock_left(deadline));
	}
	while (f = feed_find(c, conv), f != NULL && f->pushed < first - 1 && feed_may_push(c)) {
		int64_t had = f->pushed;

		if (fetch(c, &f, 1, first) < 0)
			return;
		f = feed_find(c, conv);
		if (f->pushed == had) {
			/* Nothing before the own entry that the client has not got. */
			f->pushed = f->acked = f->stored = first - 1;
			return;
		}
	}
}

void
deliver_own(struct conn *c, int64_t conv, bool group, int64_t first, int64_t last)
{
	struct feed *f = feed_find(c, conv);

	if (f == NULL)
		feed_add(c, conv, group, first == 1 ? 0 : -1);
	close_gap(c, conv, first);
	f = feed_find(c, conv);
	if (f == NULL)
		return;
	if (f->high < last)
		f->high = last;
	if (f->pushed != first - 1) {
		/* The client takes nothing now: it learns of its own entries with the rest, later. */
		c->behind = true;
		return;
	}
	f->pushed = last;
	if (f->own == 0)
		f->own = first;
	if (f->acked >= f->own - 1)
		feed_acked(c, f, last); /* the reply says it all: nothing is left to acknowledge */
}

/* The loop's part */

void
deliver_sweep(struct conn *c)
{
	const char *over = NULL;
	int64_t interval = bus_live(c->bus) ? SWEEP_MS : SWEEP_DEGRADED_MS;

	conn_arm(c, T_SWEEP, interval * 3 / 4 + clock_jitter(interval / 4));
	if (db_session_alive(c->db, c->session, c->device, &c->place, &over) == E_OK && over != NULL) {
		if (strcmp(over, "back") != 0) {
			conn_bye(c, over, 0);
			return;
		}
		/* A node took ours for dead, and said that we are offline. */
		if (db_session_arrived(c->db, c->user) == E_OK)
			tell_fans(c->db, c->bus, c->session, true);
	}
	if (!MUTANT(4) && refresh(c) != E_OK)
		conn_arm(c, T_SWEEP, 1000 + clock_jitter(2000));
	db_forget(c->db);
	malloc_trim(0); /* what a busy time or the login needed is not kept by an idle session */
}

static void
tell_bus_state(struct conn *c)
{
	struct buf line = {0};

	if (c->degraded == !bus_live(c->bus))
		return;
	c->degraded = !c->degraded;
	event_begin(&line, "bus");
	jw_str(&line, "state", c->degraded ? "degraded" : "ok");
	event_end(&line);
	conn_event_buf(c, &line);
	if (c->degraded)
		conn_arm(c, T_SWEEP, clock_jitter(1000));
}

static void
say_synced(struct conn *c)
{
	struct buf line = {0};

	c->synced = true;
	event_begin(&line, "synced");
	event_end(&line);
	conn_event_buf(c, &line);
}

static void
say_early(struct conn *c)
{
	char *line = buf_data(&c->early), *end;
	size_t left = buf_len(&c->early);

	for (; left > 0 && (end = memchr(line, '\n', left)) != NULL; left -= (size_t)(end + 1 - line), line = end + 1)
		conn_event(c, line, (size_t)(end + 1 - line));
	buf_free(&c->early);
}

void
deliver_work(struct conn *c)
{
	if (!c->open || c->closing)
		return;
	if (buf_len(&c->early) > 0)
		say_early(c);
	if (bus_up(c->bus) && c->generation != bus_generation(c->bus)) {
		/* Subscribed anew, and confirmed: what was said in between is in PostgreSQL. */
		c->generation = bus_generation(c->bus);
		c->resync = !MUTANT(4) && !MUTANT(9);
	}
	tell_bus_state(c);
	if (c->due[T_FETCH] != CLOCK_NEVER)
		return;
	if (c->resync && (bus_up(c->bus) || c->degraded) && refresh(c) != E_OK)
		conn_arm(c, T_FETCH, FETCH_RETRY_MS / 2 + clock_jitter(FETCH_RETRY_MS / 2));
	while (c->behind && feed_may_push(c) && c->due[T_FETCH] == CLOCK_NEVER)
		catch_up(c);
	if (!c->behind && !c->synced)
		say_synced(c);
}

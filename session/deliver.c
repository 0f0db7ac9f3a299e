/* SPDX-License-Identifier: ISC */
#include "session/deliver.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/tally.h"
#include "lib/mem.h"
#include "session/ack.h"
#include "session/catchup.h"
#include "session/delivery.h"
#include "session/feed.h"
#include "session/kept.h"
#include "session/record.h"
#include "session/shared.h"
#include "session/tell.h"

#define GAP_LOST_MS 100 /* what does not come after so long never will: PostgreSQL has it */
#define GAP_MS 5 /* how long an own send waits for the bus to bring what was stored before it */

/* From the bus */

static void
show_line(struct session *s, enum event_kind kind, const char *line, size_t n)
{
	session_event(s, &(struct event){.kind = kind, .line = line, .len = n});
}

/* The line, and for a session of the sender with its cid before the closing brace. */
static void
deliver_entry(struct session *s, const struct record *r)
{
	struct buf line = {0};

	if (r->cid == NULL || r->from != s->user) {
		show_line(s, EVENT_MESSAGE, r->line, r->len);
		return;
	}
	buf_add(&line, r->line, r->len - 2);
	buf_adds(&line, ",\"cid\":");
	buf_add(&line, r->cid, r->cidlen);
	buf_adds(&line, "}\n");
	show_line(s, EVENT_MESSAGE, buf_data(&line), buf_len(&line));
	buf_free(&line);
}

static void
give_entry(struct session *s, struct feed *f, const struct record *r)
{
	deliver_entry(s, r);
	feed_pushed(s->feeds, f, r->seq);
}

/* What was waiting for the entry just given. */
static void
give_held(struct session *s, struct feed *f)
{
	struct record *next;

	/* Not what follows our own end, though it came before it. */
	while (feed_is_behind(f) && delivery_may_push(s) && (next = held_take(&s->delivery->held, f->conv, f->pushed + 1)) != NULL) {
		give_entry(s, f, next);
		free(next);
	}
	if (!feed_is_behind(f))
		catchup_done(s);
}

static void
record_is_entry(struct session *s, enum bus_kind kind, const struct record *r)
{
	struct delivery *d = s->delivery;
	struct feed *f = feed_find(s->feeds, r->conv);

	/* A group we are not in, or not any more: this was on its way before Redis heard that we listen no longer. */
	if (f == NULL && kind == BUS_GROUP)
		return;
	/* A direct conversation that had nothing waiting at login: only its first entry says where it stands. */
	if (f == NULL)
		f = feed_add(s->feeds, r->conv, false, r->seq == 1 ? 0 : -1);
	if (r->seq <= f->pushed || (f->ended && r->seq > f->high))
		return;
	/* An older session of the device was about to store the same, found it there, and published it. */
	if (r->conv == d->own.conv && r->seq >= d->own.first && r->seq <= d->own.last)
		return;
	feed_promise(f, r->seq);
	if (r->gone == s->user)
		feed_ends(f, r->seq);
	/* Before `synced`, what is new is part of the backlog. */
	if (r->seq != f->pushed + 1 || f->pushed < 0 || !delivery_may_push(s) || !d->synced) {
		if (f->pushed >= 0 && d->synced && delivery_may_push(s))
			held_keep(&d->held, r);
		if (d->held.n > 0 && !d->behind)
			catchup_soon(s, GAP_LOST_MS);
		d->behind = true;
		return;
	}
	give_entry(s, f, r);
	if (d->held.n > 0)
		give_held(s, f);
	delivery_end_if_over(s, f);
}

static void
record_is_event(struct session *s, const struct record *r)
{
	struct delivery *d = s->delivery;

	/* Shown after the session reply, which may not know of it; or when there is room again. */
	if (!d->open || buf_len(&d->kept) > 0 || !session_has_room(s))
		kept_add(&d->kept, r->line, r->len);
	else
		show_line(s, event_line_kind(r->line, r->len), r->line, r->len);
}

static void
take_record(struct session *s, enum bus_kind kind, const struct record *r)
{
	bool own = r->session == s->id;

	switch (r->type) {
	case 'm':
		/* What arrives before the feeds are loaded was committed before they are read.
		 * Own sends are in their replies. */
		if (s->delivery->open && !own)
			record_is_entry(s, kind, r);
		break;
	case 'e':
		if (!own)
			record_is_event(s, r);
		break;
	case 'g':
		if (!own)
			s->delivery->resync = true;
		break;
	case 'x':
		if (r->device == s->device && r->session > s->id)
			session_bye(s, "replaced");
		break;
	case 'r':
		if (r->device == s->device)
			session_bye(s, "logged_out");
		break;
	}
}

void
deliver_payload(void *arg, enum bus_kind kind, const char *payload, size_t n)
{
	struct session *s = arg;
	struct record r;
	int more;

	while ((more = record_next(&payload, &n, &r)) == 1)
		take_record(s, kind, &r);
	if (more < 0)
		tally("bus_garbage", "a record that is none of ours", s->place.addr);
}

void
deliver_begin(struct session *s)
{
	s->feeds = feeds_new();
	s->delivery = mem_alloc(sizeof(*s->delivery));
	s->delivery->fetch_at = s->delivery->sweep_at = s->delivery->store_at = CLOCK_NEVER;
}

void
deliver_group(struct session *s, int64_t conv)
{
	bus_listen(s->bus, BUS_GROUP, conv);
	feed_add(s->feeds, conv, true, -1);
}

enum error
deliver_open(struct session *s, bool arrived)
{
	struct delivery *d = s->delivery;
	enum error e;

	if (bus_up(s->bus))
		d->generation = bus_generation(s->bus);
	if ((e = catchup_begin(s, arrived)) != E_OK)
		return e;
	d->open = true;
	d->behind = true; /* also when nothing waits: catch_up finds out, and `synced` is said */
	/* Soon, because what was stored while we logged in may not have been published to us. */
	catchup_enter(s, 1500 + clock_jitter(1500));
	return E_OK;
}

bool
deliver_is_open(const struct session *s)
{
	return s->delivery != NULL && s->delivery->open;
}

void
deliver_close(struct session *s)
{
	shared_leave(&s->slot);
	held_drop(&s->delivery->held);
	buf_free(&s->delivery->kept);
	free(s->delivery);
	s->delivery = NULL;
	feeds_free(&s->feeds);
}

void
deliver_joined(struct session *s, int64_t conv, int64_t seq)
{
	struct reach r = {.conv = conv, .is_group = true, .is_member = true, .base = seq - 1, .high = seq};

	bus_listen(s->bus, BUS_GROUP, conv);
	catchup_merge(s, &r);
	s->delivery->resync = true;
}

void
deliver_resync(struct session *s)
{
	s->delivery->resync = true;
}

void
deliver_again(struct session *s)
{
	for (size_t i = 0; s->feeds != NULL && i < s->feeds->n; i++)
		feed_again(s->feeds, &s->feeds->all[i]);
	if (s->delivery != NULL)
		s->delivery->behind = true;
}

/* Own sends */

/* Waits a moment for the bus to bring what was stored in f before entry first. */
static void
wait_for_bus(struct session *s, int64_t conv, int64_t first)
{
	int64_t deadline = clock_ms() + GAP_MS;
	struct feed *f;

	while (f = feed_find(s->feeds, conv), f != NULL && f->pushed >= 0 && f->pushed < first - 1 && bus_up(s->bus) && delivery_may_push(s)) {
		struct pollfd fds[BUS_FDS];

		bus_work(s->bus);
		f = feed_find(s->feeds, conv);
		if (f == NULL || f->pushed >= first - 1 || clock_ms() >= deadline)
			break;
		poll(fds, (nfds_t)bus_poll(s->bus, fds), clock_left(deadline));
	}
}

/* Brings f up to first - 1: from the bus if it is about to come, else from PostgreSQL. */
static void
close_gap(struct session *s, int64_t conv, int64_t first)
{
	struct feed *f;

	wait_for_bus(s, conv, first);
	while (f = feed_find(s->feeds, conv), f != NULL && f->pushed < first - 1 && delivery_may_push(s)) {
		int64_t had = f->pushed;

		if (catchup_fetch(s, f, first) < 0)
			return;
		f = feed_find(s->feeds, conv);
		if (f->pushed == had) {
			feed_settle(f, first);
			return;
		}
	}
}

void
deliver_own(struct session *s, int64_t conv, bool group, int64_t first, int64_t last)
{
	struct delivery *d = s->delivery;
	struct feed *f = feed_find(s->feeds, conv);

	if (f == NULL)
		feed_add(s->feeds, conv, group, first == 1 ? 0 : -1);
	d->own.conv = conv;
	d->own.first = first;
	d->own.last = last;
	close_gap(s, conv, first);
	d->own.conv = 0;
	f = feed_find(s->feeds, conv);
	if (f == NULL)
		return;
	feed_promise(f, last);
	if (f->pushed == first - 1)
		feed_own(f, first, last);
	else /* The client takes nothing now: it learns of its own entries with the rest, later. */
		d->behind = true;
	ack_note(s, f);
}

/* The loop's part */

static void
show_bus_state(struct session *s)
{
	struct delivery *d = s->delivery;

	if (d->degraded == !bus_live(s->bus))
		return;
	d->degraded = !d->degraded;
	session_event(s, &(struct event){.kind = EVENT_BUS, .word = d->degraded ? "degraded" : "ok"});
	catchup_degraded(s);
}

static void
show_kept(struct session *s)
{
	struct buf *kept = &s->delivery->kept;
	char *line = buf_data(kept), *end;
	size_t left = buf_len(kept);

	for (; left > 0 && (end = memchr(line, '\n', left)) != NULL; left -= (size_t)(end + 1 - line), line = end + 1)
		show_line(s, event_line_kind(line, left), line, (size_t)(end + 1 - line));
	buf_free(kept);
}

static void
run_timers(struct session *s)
{
	int64_t now = clock_ms();

	if (s->delivery->fetch_at <= now)
		s->delivery->fetch_at = CLOCK_NEVER;
	if (s->delivery->store_at <= now)
		ack_work(s);
	if (s->delivery->sweep_at <= now)
		catchup_sweep(s);
}

void
deliver_work(struct session *s)
{
	struct delivery *d = s->delivery;

	if (!deliver_is_open(s))
		return;
	run_timers(s);
	if (buf_len(&d->kept) > 0 && session_has_room(s))
		show_kept(s);
	if (bus_up(s->bus) && d->generation != bus_generation(s->bus)) {
		/* Subscribed anew, and confirmed: what was said in between is in PostgreSQL. */
		d->generation = bus_generation(s->bus);
		catchup_anew(s);
	}
	show_bus_state(s);
	if (d->fetch_at != CLOCK_NEVER)
		return;
	if (d->resync && (bus_up(s->bus) || d->degraded) && catchup_refresh(s) != E_OK)
		catchup_later(s);
	while (catchup_due(s) <= clock_ms())
		catchup_step(s);
	if (!d->behind)
		held_drop(&d->held);
	if (!d->behind && !d->synced) {
		d->synced = true;
		session_event(s, &(struct event){.kind = EVENT_SYNCED});
	}
}

int64_t
deliver_due(const struct session *s)
{
	const struct delivery *d = s->delivery;
	int64_t due;

	if (!deliver_is_open(s))
		return CLOCK_NEVER;
	due = catchup_due(s);
	if (d->sweep_at < due)
		due = d->sweep_at;
	return d->store_at < due ? d->store_at : due;
}

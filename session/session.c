/* SPDX-License-Identifier: ISC */
/* session - from login to logout: the session's row, its subscriptions, and who is told that the user came or went. */
#include <stdio.h>
#include <stdlib.h>

#include "conn.h"
#include "db/group.h"
#include "session/deliver.h"
#include "session/event.h"
#include "handlers/handlers.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/title.h"
#include "lib/mem.h"
#include "lib/mutant.h"

#define BUS_WAIT_MS 1000 /* then the session begins degraded */

void
tell_fans(struct db *db, struct bus *bus, int64_t session, bool online)
{
	struct buf line = {0}, records = {0};
	struct fan f;

	while (db_fan_next(db, &f)) {
		event_presence(&line, f.user, f.user_name, online);
		record_event(&records, session, &line);
		bus_publish(bus, BUS_USER, f.id, buf_data(&records), buf_len(&records));
		buf_cut(&line, 0);
		buf_cut(&records, 0);
	}
	buf_free(&line);
	buf_free(&records);
}

void
conn_publish(struct conn *c, enum bus_kind kind, int64_t id, const struct buf *records)
{
	bus_publish(c->bus, kind, id, buf_data(records), buf_len(records));
}

void
conn_tell(struct conn *c, int64_t user, const struct buf *line)
{
	struct buf records = {0};

	record_event(&records, c->session, line);
	conn_publish(c, BUS_USER, user, &records);
	buf_free(&records);
}

static void
begin(struct conn *c, const struct opened *s, const char *name)
{
	char bus_name[128];

	c->phase = PHASE_LOGGED_IN;
	c->user = s->user;
	c->device = s->device;
	c->session = s->id;
	c->user_name = mem_strdup(name);
	log_user(name);
	title_set("%s %s", name, c->addr);
	conn_disarm(c, T_LOGIN);
	snprintf(bus_name, sizeof(bus_name), "chatd/%s/%d", c->cf->node, c->place.pid);
	c->bus = bus_new(&c->cf->bus, bus_name, deliver_payload, c);
	bus_listen(c->bus, BUS_USER, c->user);
}

/*
 * The order is the point. First the user's channel, confirmed: memberships that
 * change from here on are heard. Then the groups, and their channels confirmed:
 * entries that are stored from here on are heard. Then the feeds from PostgreSQL.
 * In any other order there is a moment in which something is neither heard nor read.
 */
static enum error
subscribe(struct conn *c, struct req *rq)
{
	struct group_row g;
	enum error e;

	if (MUTANT(3)) {
		deliver_open(c);
		deliver_work(c);
		poll(NULL, 0, 50);
	}
	bus_wait(c->bus, clock_ms() + BUS_WAIT_MS);
	if ((e = show_friends(c, &rq->body)) != E_OK || (e = db_group_list(c->db, c->user)) != E_OK)
		return e;
	jw_open(&rq->body, "groups", '[');
	while (db_group_next(c->db, &g)) {
		show_group(&rq->body, NULL, &g);
		bus_listen(c->bus, BUS_GROUP, g.id);
	}
	jw_close(&rq->body, ']');
	bus_wait(c->bus, clock_ms() + BUS_WAIT_MS);
	if (bus_up(c->bus))
		c->generation = bus_generation(c->bus);
	return MUTANT(3) ? E_OK : deliver_open(c);
}

enum error
conn_login(struct conn *c, struct req *rq, const struct opened *s, const char *name, const char *device,
    const char *token)
{
	struct buf records = {0};
	enum error e;

	jw_named(&rq->body, "user", s->user, name);
	jw_str(&rq->body, "device", device);
	jw_str(&rq->body, "token", token);
	jw_str(&rq->body, "epoch", s->epoch);
	begin(c, s, name);
	if ((e = subscribe(c, rq)) != E_OK) {
		conn_logout(c, false);
		return e;
	}
	if (s->replaced || s->was_online) { /* asked twice, because an answer was lost, it has replaced its own past */
		record_replace(&records, c->session, c->device);
		conn_publish(c, BUS_USER, c->user, &records);
		buf_free(&records);
	}
	if (!s->was_online && db_session_arrived(c->db, c->user) == E_OK)
		tell_fans(c->db, c->bus, c->session, true);
	log_info("login", "device=%s addr=%s session=%lld", device, c->addr, (long long)c->session);
	return E_OK;
}

static void
forget_login(struct conn *c)
{
	bus_close(&c->bus);
	free(c->user_name);
	c->user_name = NULL;
	c->phase = PHASE_NEW;
	c->user = c->device = c->session = 0;
	c->generation = 0;
	c->degraded = false;
	log_user(NULL);
	title_set("session %s", c->addr);
	conn_arm(c, T_LOGIN, c->cf->login_timeout);
}

bool
conn_logout(struct conn *c, bool logout)
{
	bool told;

	if (c->phase != PHASE_LOGGED_IN)
		return true;
	if (logout && c->open && !deliver_store_acks(c))
		return false;
	told = db_session_end(c->db, c->session, logout) == E_OK;
	if (logout && !told)
		return false;
	if (told) {
		c->row = false;
		tell_fans(c->db, c->bus, c->session, false);
	}
	deliver_close(c);
	log_info("logout", "session=%lld", (long long)c->session);
	forget_login(c);
	return told;
}

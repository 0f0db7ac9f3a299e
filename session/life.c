/* SPDX-License-Identifier: ISC */
#include "session/life.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/title.h"
#include "session/ack.h"
#include "session/catchup.h"
#include "session/deliver.h"
#include "session/known.h"
#include "session/quota.h"
#include "session/shared.h"
#include "session/tell.h"

#define BUS_WAIT_MS 1000 /* then the session begins degraded */

enum error
life_open(struct session *s, int64_t user, const char *password, const char *device, const char *token_hash,
    struct opened *o)
{
	enum error e;

	s->row = true; /* also if the answer is lost */
	snprintf(s->token, sizeof(s->token), "%s", token_hash);
	e = db_session_open(s->db, user, password, device, token_hash, &s->place, o);
	if (e == E_BAD_REQUEST || e == E_BAD_CREDENTIALS) /* the device's name; not the password any more */
		s->row = false;
	return e;
}

enum error
life_resume(struct session *s, const char *token_hash, struct opened *o)
{
	enum error e;

	s->row = true;
	snprintf(s->token, sizeof(s->token), "%s", token_hash);
	e = db_session_resume(s->db, token_hash, &s->place, o);
	if (e == E_BAD_CREDENTIALS)
		s->row = false;
	return e;
}

void
life_remembers(struct session *s, const char *letter)
{
	s->dialect = letter != NULL ? letter[0] : '\0';
}

enum error
life_begin(struct session *s, struct opened *o, const char *name)
{
	char bus_name[128];
	int64_t group;
	enum error e;

	s->user = o->user;
	s->device = o->device;
	s->id = o->id;
	session_named(s, name);
	deliver_begin(s);
	snprintf(bus_name, sizeof(bus_name), "chatd/%s/%d", s->node->name, s->place.pid);
	s->bus = bus_new(&s->node->bus, bus_name, deliver_payload, s);
	bus_listen(s->bus, BUS_USER, s->user);
	while ((group = db_opened_next(o)) != 0)
		deliver_group(s, group);
	bus_wait(s->bus, clock_ms() + BUS_WAIT_MS);
	if ((e = deliver_open(s, !o->was_online && !s->place.quiet)) != E_OK) {
		life_end(s, false);
		return e;
	}
	/* Asked twice, because an answer was lost, it has replaced its own past. */
	if (o->replaced || o->was_online || s->place.quiet)
		tell_replaced(s);
	db_part(s->db, "fan");
	tell_fans(s->db, s->bus, s->id, true);
	return E_OK;
}

static void
forget_login(struct session *s)
{
	bus_close(&s->bus);
	known_free(s);
	free(s->name);
	s->name = NULL;
	s->user = s->device = s->id = 0;
	log_user(NULL);
	title_set("session %s", s->place.addr);
}

bool
life_end(struct session *s, bool logout)
{
	bool told;

	if (!session_is_on(s))
		return true;
	/* Also what the keeper was given: nobody who comes back at once is to get it again. */
	if (deliver_is_open(s) && !ack_store(s) && logout)
		return false;
	quota_end(s);
	told = db_session_end(s->db, s->id, logout) == E_OK;
	if (logout && !told)
		return false;
	if (told) {
		s->row = false;
		tell_fans(s->db, s->bus, s->id, false);
	}
	deliver_close(s);
	log_info("logout", "session=%lld", (long long)s->id);
	forget_login(s);
	return told;
}

int
life_poll(const struct session *s, struct pollfd fds[LIFE_FDS])
{
	return s->bus != NULL ? bus_poll(s->bus, fds) : 0;
}

void
life_hear(struct session *s, bool brought)
{
	if (s->bus != NULL && (brought || clock_ms() >= bus_due(s->bus)))
		bus_work(s->bus);
}

/* Somebody was renamed. */
static void
take_names(struct session *s, enum names changed)
{
	const char *name;

	if (changed == NAMES_SAME)
		return;
	known_free(s);
	if (changed != NAME_CHANGED)
		return;
	if (db_session_name(s->db, s->id, &name) != E_OK)
		s->slot->names = NAME_CHANGED; /* at the next occasion */
	else if (name != NULL)
		session_named(s, name);
}

void
life_wake(struct session *s)
{
	if (!session_is_on(s) || !deliver_is_open(s))
		return;
	if (shared->bus_away)
		bus_ask(s->bus);
	take_names(s, (enum names)atomic_exchange(&s->slot->names, NAMES_SAME));
	catchup_wake(s);
}

void
life_work(struct session *s)
{
	if (session_is_on(s))
		deliver_work(s);
	else
		db_leave(s->db); /* who is nobody holds nothing that is scarce */
	db_forget(s->db); /* what a login that was refused has read, too */
}

int64_t
life_due(struct session *s)
{
	int64_t due = db_rest(s->db, s->node->db_idle);

	if (s->bus != NULL && bus_due(s->bus) < due)
		due = bus_due(s->bus);
	return deliver_due(s) < due ? deliver_due(s) : due;
}

/* SPDX-License-Identifier: ISC */
#include "db/wire.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "db/dial.h"
#include "lib/clock.h"
#include "lib/log.h"

#define SECRET_MS 1000
#define LOST_MS 1000 /* between two lines of the log about it */
#define SECRET_MAX 2048 /* a statement with hashes, or its answer, is shorter */

void
wire_hang_up(struct wire *w)
{
	PQfinish(w->pg);
	w->pg = NULL;
}

bool
wire_state_is(const char *state, const char *const list[])
{
	for (; *list != NULL; list++)
		if (strncmp(state, *list, strlen(*list)) == 0)
			return true;
	return false;
}

const char *
wire_state(const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	return state != NULL ? state : "";
}

bool
wire_open(struct wire *w, int64_t *deadline)
{
	char why[DIAL_WHY];

	if (w->pg != NULL)
		return true;
	if (clock_ms() < w->retry_at)
		return false;
	w->pg = dial_in_turn(w->conninfo, w->app, deadline, why);
	if (w->pg != NULL) {
		backoff_reset(&w->backoff);
		prepared_begin(&w->prepared);
		return true;
	}
	w->retry_at = clock_ms() + backoff_failed(&w->backoff);
	log_warn("db_unreachable", "why=%s", why);
	return false;
}

static bool
is_ready(struct wire *w, short events, int64_t deadline)
{
	return dial_wait(w->pg, events, deadline) && PQconsumeInput(w->pg);
}

/* What was sent goes out, and its result comes; caller clears it. NULL: the connection is broken, the outcome unknown. */
static PGresult *
collect(struct wire *w, int64_t deadline)
{
	PGresult *res = NULL, *next = NULL;
	int left;

	while ((left = PQflush(w->pg)) == 1)
		if (!is_ready(w, POLLIN | POLLOUT, deadline))
			return NULL;
	if (left != 0)
		return NULL;
	do {
		PQclear(res);
		res = next;
		while (PQisBusy(w->pg))
			if (!is_ready(w, POLLIN, deadline)) {
				PQclear(res);
				return NULL;
			}
	} while ((next = PQgetResult(w->pg)) != NULL);
	if (PQstatus(w->pg) == CONNECTION_OK)
		return res;
	PQclear(res);
	return NULL;
}

/*
 * What is freed is wiped (wipe.c). The buffers that libpq and OpenSSL keep are filled from their beginning each time: a text
 * that is longer than any secret, sent and sent back, takes its place.
 */
void
wire_wipe(struct wire *w)
{
	static const char blank[SECRET_MAX] = {[0 ... SECRET_MAX - 2] = ' '};
	PGresult *res = NULL;

	if (w->secret && w->pg != NULL) {
		if (PQsendQueryParams(w->pg, "select $1", 1, NULL, (const char *const[]){blank}, NULL, NULL, 0))
			res = collect(w, clock_ms() + SECRET_MS);
		if (res == NULL)
			wire_hang_up(w);
		PQclear(res);
	}
	w->secret = false;
}

/* Behind a pooler the next statement may meet another backend, which knows of nothing that was prepared. */
static bool
has_own_backend(struct wire *w, int64_t deadline)
{
	PGresult *res = PQsendQuery(w->pg, "select pg_catalog.pg_backend_pid()") ? collect(w, deadline) : NULL;
	bool own = PQresultStatus(res) == PGRES_TUPLES_OK && atoi(PQgetvalue(res, 0, 0)) == PQbackendPID(w->pg);

	PQclear(res);
	return own;
}

/* Asks PostgreSQL to prepare it, if that is worth it by now. true: it can be called by st->name. */
static bool
is_prepared(struct wire *w, struct statement *st, int64_t deadline)
{
	PGresult *res;

	if (st == NULL || w->prepared.state == NEVER)
		return false;
	if (st->ready || st->asked++ == 0)
		return st->ready;
	if (w->prepared.state == UNASKED && !has_own_backend(w, deadline)) {
		w->prepared.state = NEVER;
		return false;
	}
	res = PQsendPrepare(w->pg, st->name, st->sql, 0, NULL) ? collect(w, deadline) : NULL;
	st->ready = PQresultStatus(res) == PGRES_COMMAND_OK;
	w->prepared.state = st->ready ? YES : NEVER;
	PQclear(res);
	return st->ready;
}

/* Sends the statement. As collect(). */
static PGresult *
exchange(struct wire *w, enum db_repeat repeat, const char *sql, const char *const value[], size_t n, int64_t deadline)
{
	/* It has been forgotten, or has got another meaning. Nothing was done. */
	static const char *const stale[] = {"26000", "0A000", NULL};
	struct statement *st = repeat == OFTEN ? prepared_find(&w->prepared, sql) : NULL;

	if (is_prepared(w, st, deadline)) {
		PGresult *res = PQsendQueryPrepared(w->pg, st->name, (int)n, value, NULL, NULL, 0) ? collect(w, deadline) : NULL;

		if (res == NULL || !wire_state_is(wire_state(res), stale))
			return res;
		PQclear(res);
		w->prepared.state = NEVER;
	}
	return PQsendQueryParams(w->pg, sql, (int)n, NULL, value, NULL, NULL, 0) ? collect(w, deadline) : NULL;
}

/* Behind a pooler each attempt of an outage may come so far: one line in a while says it for all. */
static void
say_lost(const PGconn *pg)
{
	static int64_t again_at;
	static int lost;
	char why[DIAL_WHY];

	lost++;
	if (clock_ms() < again_at)
		return;
	dial_why(why, PQerrorMessage(pg));
	log_warn("db_lost", "why=%s count=%d", why, lost);
	again_at = clock_ms() + LOST_MS;
	lost = 0;
}

PGresult *
wire_ask(struct wire *w, enum db_repeat repeat, const char *sql, const char *const value[], size_t n, int64_t deadline)
{
	PGresult *res;

	w->secret = w->secret || repeat == SECRET;
	res = exchange(w, repeat, sql, value, n, deadline);
	w->used_at = clock_ms();
	if (res == NULL) {
		say_lost(w->pg);
		wire_hang_up(w);
	}
	return res;
}

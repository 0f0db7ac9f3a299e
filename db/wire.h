/* SPDX-License-Identifier: ISC */
/*
 * wire - the one connection to PostgreSQL of db.c: opened when it is first needed, reopened when it broke, prepared
 * statements where they work, and nothing of a secret left in its buffers. Nobody else includes it.
 */
#ifndef DB_WIRE_H
#define DB_WIRE_H

#include <libpq-fe.h>

#include "db/prepared.h"
#include "db/run.h"
#include "lib/backoff.h"

struct wire {
	const char *conninfo;
	char *app;
	PGconn *pg;       /* NULL: not connected */
	int64_t used_at;  /* end of the last call */
	bool secret;      /* there was one in libpq's buffers */
	int64_t retry_at; /* no connection attempt before this */
	struct backoff backoff;
	struct prepared prepared;
};

/*
 * Deadlines are ms by clock_ms(). false: not connected. The deadline is put off by the wait for a turn. After a failure it
 * does not try again for a moment, so that callers answer at once.
 */
bool wire_open(struct wire *w, int64_t *deadline);
void wire_hang_up(struct wire *w);
/* Caller clears. NULL: the connection broke, and is closed; the outcome is unknown. */
PGresult *wire_ask(struct wire *w, enum db_repeat repeat, const char *sql, const char *const value[], size_t n, int64_t deadline);
/* If a secret went over it, nobody finds it any more. */
void wire_wipe(struct wire *w);

/* The SQLSTATE of an error; "": there is none. */
const char *wire_state(const PGresult *res);
/* Whether it begins like one of the list, which ends with NULL. */
bool wire_state_is(const char *state, const char *const list[]);

#endif

/* SPDX-License-Identifier: ISC */
#include "db/db.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "db/dial.h"
#include "db/prepared.h"
#include "db/run.h"
#include "lib/backoff.h"
#include "lib/clock.h"
#include "lib/counts.h"
#include "lib/log.h"
#include "lib/mem.h"

#define CALL_MS 12000 /* connecting included; the role's statement_timeout ends a statement before */
#define ASK_AGAIN_MS 3000
#define SECRET_MS 1000
#define SECRET_MAX 2048 /* a statement with hashes, or its answer, is shorter */

struct db {
	const char *conninfo;
	char *app;
	PGconn *pg;       /* NULL: not connected */
	PGresult **kept;  /* all since db_forget() */
	size_t n_kept, cap_kept;
	PGresult *res;    /* of the last call; NULL: it has none */
	PGresult *held;   /* NULL: none */
	const char *part; /* of res; NULL: all */
	int next;         /* row to give out next */
	int column;       /* behind the one that was read last */
	const char *sentence;
	int64_t wait;     /* ms, of a refusal for now */
	int64_t used_at;  /* end of the last call */
	int64_t limit;    /* ms, of a call */
	bool secret;      /* there was one in libpq's buffers */
	struct prepared prepared;
	int64_t retry_at; /* no connection attempt before this */
	struct backoff backoff;
};

struct db *
db_new(const char *conninfo, const char *app)
{
	struct db *db = mem_alloc(sizeof(*db));

	db->conninfo = conninfo;
	db->app = mem_strdup(app);
	db->limit = CALL_MS;
	db->backoff = (struct backoff){.min = 100, .max = 2000};
	return db;
}

void
db_dial_in(struct slots *line, uint64_t source)
{
	dial_line(line, source);
}

void
db_limit(struct db *db, int64_t ms)
{
	db->limit = ms;
}

bool
db_is_connected(const struct db *db)
{
	return db->pg != NULL;
}

void
db_prepare(struct db *db, bool yes)
{
	db->prepared.wanted = yes ? UNASKED : NEVER;
}

static void
hang_up(struct db *db)
{
	PQfinish(db->pg);
	db->pg = NULL;
}

/* The last call is over: nothing is read of it any more, but what was read stays. */
static void
put_aside(struct db *db)
{
	db->res = NULL;
	db->next = db->column = 0;
	db->part = db->sentence = NULL;
	db->wait = 0;
}

static void
keep(struct db *db, PGresult *res)
{
	if (db->n_kept == db->cap_kept) {
		db->cap_kept = db->cap_kept != 0 ? db->cap_kept * 2 : 8;
		db->kept = mem_realloc(db->kept, db->cap_kept * sizeof(db->kept[0]));
	}
	db->res = db->kept[db->n_kept++] = res;
}

void
db_leave(struct db *db)
{
	if (db->pg != NULL)
		hang_up(db);
}

const char *
db_sentence(const struct db *db)
{
	return db->sentence;
}

int64_t
db_wait(const struct db *db)
{
	return db->wait;
}

int64_t
db_rest(struct db *db, int64_t idle)
{
	if (idle == 0 || db->pg == NULL)
		return CLOCK_NEVER;
	if (clock_ms() < db->used_at + idle)
		return db->used_at + idle;
	hang_up(db);
	mem_trim(); /* libpq's buffers, too */
	return CLOCK_NEVER;
}

/* false: not connected. The deadline is put off by the wait for a turn. After a failure it does not try again for a moment, so that callers answer at once. */
static bool
connected(struct db *db, int64_t *deadline)
{
	char why[DIAL_WHY];

	if (db->pg != NULL)
		return true;
	if (clock_ms() < db->retry_at)
		return false;
	db->pg = dial_in_turn(db->conninfo, db->app, deadline, why);
	if (db->pg != NULL) {
		backoff_reset(&db->backoff);
		prepared_begin(&db->prepared);
		return true;
	}
	db->retry_at = clock_ms() + backoff_failed(&db->backoff);
	log_warn("db_unreachable", "why=%s", why);
	return false;
}

static bool
is_one_of(const char *state, const char *const list[])
{
	for (; *list != NULL; list++)
		if (strncmp(state, *list, strlen(*list)) == 0)
			return true;
	return false;
}

static const char *
db_state(const struct db *db)
{
	const char *state = db->res != NULL ? PQresultErrorField(db->res, PG_DIAG_SQLSTATE) : NULL;

	return state != NULL ? state : "";
}

/* What was sent goes out, and its result is kept. false: the connection is broken, the outcome unknown. */
static bool
collect(struct db *db, int64_t deadline)
{
	PGresult *res;
	int left;

	while ((left = PQflush(db->pg)) == 1)
		if (!dial_wait(db->pg, POLLIN | POLLOUT, deadline) || !PQconsumeInput(db->pg))
			return false;
	if (left != 0)
		return false;
	for (;;) {
		while (PQisBusy(db->pg))
			if (!dial_wait(db->pg, POLLIN, deadline) || !PQconsumeInput(db->pg))
				return false;
		if ((res = PQgetResult(db->pg)) == NULL)
			break;
		keep(db, res);
	}
	return PQstatus(db->pg) == CONNECTION_OK && db->res != NULL;
}

/*
 * What is freed is wiped (wipe.c). The buffers that libpq and OpenSSL keep are filled from their beginning each time: a text
 * that is longer than any secret, sent and sent back, takes its place.
 */
static void
overwrite_secret(struct db *db)
{
	static const char blank[SECRET_MAX] = {[0 ... SECRET_MAX - 2] = ' '};

	if (db->secret && db->pg != NULL &&
	    (!PQsendQueryParams(db->pg, "select $1", 1, NULL, (const char *const[]){blank}, NULL, NULL, 0) ||
	        !collect(db, clock_ms() + SECRET_MS)))
		hang_up(db);
	db->secret = false;
}

void
db_forget(struct db *db)
{
	overwrite_secret(db);
	put_aside(db);
	while (db->n_kept > 0)
		PQclear(db->kept[--db->n_kept]);
}

void
db_close(struct db **db)
{
	if (*db == NULL)
		return;
	db_forget(*db);
	PQclear((*db)->held);
	hang_up(*db);
	free((*db)->kept);
	free((*db)->app);
	free(*db);
	*db = NULL;
}

/* Behind a pooler the next statement may meet another backend, which knows of nothing that was prepared. */
static bool
has_own_backend(struct db *db, int64_t deadline)
{
	bool own = PQsendQuery(db->pg, "select pg_catalog.pg_backend_pid()") && collect(db, deadline) &&
	           PQresultStatus(db->res) == PGRES_TUPLES_OK && atoi(PQgetvalue(db->res, 0, 0)) == PQbackendPID(db->pg);

	put_aside(db);
	return own;
}

/* Asks PostgreSQL to prepare it, if that is worth it by now. true: it can be called by st->name. */
static bool
is_prepared(struct db *db, struct statement *st, int64_t deadline)
{
	if (st == NULL || db->prepared.state == NEVER)
		return false;
	if (!st->ready && st->asked++ == 0)
		return false;
	if (st->ready)
		return true;
	if (db->prepared.state == UNASKED && !has_own_backend(db, deadline)) {
		db->prepared.state = NEVER;
		return false;
	}
	st->ready = PQsendPrepare(db->pg, st->name, st->sql, 0, NULL) && collect(db, deadline) &&
	            PQresultStatus(db->res) == PGRES_COMMAND_OK;
	db->prepared.state = st->ready ? YES : NEVER;
	put_aside(db);
	return st->ready;
}

/* Sends the statement and keeps its result. false: as of collect(). */
static bool
exchange(struct db *db, enum db_repeat repeat, const char *sql, const char *const value[], size_t n, int64_t deadline)
{
	/* It has been forgotten, or has got another meaning. Nothing was done. */
	static const char *const stale[] = {"26000", "0A000", NULL};
	struct statement *st = repeat == OFTEN ? prepared_find(&db->prepared, sql) : NULL;

	if (is_prepared(db, st, deadline)) {
		if (!PQsendQueryPrepared(db->pg, st->name, (int)n, value, NULL, NULL, 0) || !collect(db, deadline))
			return false;
		if (!is_one_of(db_state(db), stale))
			return true;
		db->prepared.state = NEVER;
		put_aside(db);
	}
	return PQsendQueryParams(db->pg, sql, (int)n, NULL, value, NULL, NULL, 0) && collect(db, deadline);
}

/* No such database, no such role or a wrong password, no right: nothing that waiting would change. */
static const char *const refusals[] = {"3D000", "28", "42501", NULL};

static enum error
verdict(struct db *db)
{
	/* Lock and statement timeouts, deadlock, out of resources, shutting down, read-only standby: later may do. */
	static const char *const later[] = {"55P03", "57", "40", "53", "58", "25006", "08", NULL};
	const char *state = PQresultErrorField(db->res, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(db->res, PG_DIAG_MESSAGE_PRIMARY);
	enum error e;

	if (PQresultStatus(db->res) == PGRES_TUPLES_OK || PQresultStatus(db->res) == PGRES_COMMAND_OK)
		return E_OK;
	if (state == NULL || message == NULL)
		return E_UNAVAILABLE;
	e = error_of_sqlstate(state);
	if (e != E_OK) {
		const char *wait = PQresultErrorField(db->res, PG_DIAG_MESSAGE_DETAIL);

		counts_limited(PQresultErrorField(db->res, PG_DIAG_CONSTRAINT_NAME));
		db->sentence = message;
		db->wait = wait != NULL ? strtoll(wait, NULL, 10) : 0;
		return e;
	}
	log_warn("db_error", "state=%s why=%s", state, message);
	return is_one_of(state, later) ? E_UNAVAILABLE : E_INTERNAL;
}

/* As often as it makes sense: once, or twice. */
static enum error
run(struct db *db, enum db_repeat repeat, const char *sql, const char *const value[], size_t n)
{
	int64_t deadline = clock_ms() + db->limit;
	char why[DIAL_WHY];
	enum error e = E_UNAVAILABLE;

	for (int attempt = 0; attempt < 2 && clock_ms() < deadline; attempt++) {
		bool sent;

		put_aside(db);
		if (!connected(db, &deadline) || clock_ms() >= deadline)
			return E_UNAVAILABLE;
		db->secret = db->secret || repeat == SECRET;
		sent = exchange(db, repeat, sql, value, n, deadline);
		db->used_at = clock_ms();
		e = sent ? verdict(db) : E_UNAVAILABLE;
		if (sent && e != E_UNAVAILABLE)
			return e;
		if (!sent || PQstatus(db->pg) != CONNECTION_OK) {
			dial_why(why, PQerrorMessage(db->pg));
			log_warn("db_lost", "why=%s", why);
			hang_up(db);
		}
		/* A deadlock or a broken connection may be over by now; what took too long once will again. */
		if (repeat == ONCE || (sent && db->pg != NULL && !is_one_of(db_state(db), (const char *const[]){"40", NULL})))
			return e;
	}
	return e;
}

enum error
db_run(struct db *db, enum db_repeat repeat, const char *sql, const struct db_arg *arg, size_t n)
{
	const char *value[DB_ARGS];
	struct buf text = {.secret = true};
	int64_t began = counts_now();
	enum error e;

	args_text(arg, n, &text, value);
	e = run(db, repeat, sql, value, n);
	buf_free(&text);
	counts_db(e, began);
	return e;
}

int
db_rows(const struct db *db)
{
	return PQntuples(db->res);
}

bool
db_next(struct db *db)
{
	while (db->next < PQntuples(db->res)) {
		const char *part;

		db->next++;
		if (db->part == NULL || ((part = db_str(db, "part")) != NULL && strcmp(part, db->part) == 0))
			return true;
	}
	return false;
}

bool
db_part(struct db *db, const char *part)
{
	bool any;

	db->next = 0;
	db->part = part;
	any = db_next(db);
	db->next = 0;
	return any;
}

void
db_hold(struct db *db)
{
	PQclear(db->held);
	db->held = db->kept[--db->n_kept];
}

void
db_unhold(struct db *db)
{
	put_aside(db);
	keep(db, db->held);
	db->held = NULL;
}

/* Columns are mostly read in their order: the search begins behind the last one. */
static int
find_column(struct db *db, const char *name)
{
	int n = PQnfields(db->res);

	for (int i = 0; i < n; i++) {
		int column = (db->column + i) % n;

		if (strcmp(PQfname(db->res, column), name) == 0) {
			db->column = column + 1;
			return column;
		}
	}
	die(EX_CONFIG, "schema", "why=the database gives no column %s", name);
}

const char *
db_str(struct db *db, const char *column)
{
	int col = find_column(db, column), row = db->next > 0 ? db->next - 1 : 0;

	assert(row < PQntuples(db->res));
	return PQgetisnull(db->res, row, col) ? NULL : PQgetvalue(db->res, row, col);
}

int64_t
db_int(struct db *db, const char *column)
{
	const char *s = db_str(db, column);

	return s != NULL ? strtoll(s, NULL, 10) : 0;
}

bool
db_bool(struct db *db, const char *column)
{
	const char *s = db_str(db, column);

	return s != NULL && *s == 't';
}

int
db_backend(const struct db *db)
{
	return PQbackendPID(db->pg);
}

int
db_library_version(void)
{
	return PQlibVersion();
}

bool
db_refused(struct db *db, char *why, size_t size)
{
	char reason[DIAL_WHY], state[DIAL_STATE];

	if (db->pg == NULL) {
		dial_state(db->conninfo, db->app, clock_ms() + ASK_AGAIN_MS, reason, state);
		snprintf(why, size, "%s", reason);
		return is_one_of(state, refusals);
	}
	if (!is_one_of(db_state(db), refusals))
		return false;
	snprintf(why, size, "%s", PQresultErrorField(db->res, PG_DIAG_MESSAGE_PRIMARY));
	return true;
}

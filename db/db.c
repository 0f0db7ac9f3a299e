/* SPDX-License-Identifier: ISC */
#include "db/db.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "db/dial.h"
#include "db/wire.h"
#include "lib/clock.h"
#include "lib/counts.h"
#include "lib/log.h"
#include "lib/mem.h"

#define CALL_MS 12000 /* connecting included; the role's statement_timeout ends a statement before */
#define ASK_AGAIN_MS 3000

struct db {
	struct wire wire;
	PGresult **kept;  /* all since db_forget() */
	size_t n_kept, cap_kept;
	PGresult *res;    /* of the last call; NULL: it has none */
	PGresult *held;   /* NULL: none */
	const char *part; /* of res; NULL: all */
	int next;         /* row to give out next */
	int column;       /* behind the one that was read last */
	const char *sentence;
	int64_t wait;     /* ms, of a refusal for now */
	int64_t limit;    /* ms, of a call */
};

struct db *
db_new(const char *conninfo, const char *app)
{
	struct db *db = mem_alloc(sizeof(*db));

	db->wire = (struct wire){.conninfo = conninfo, .app = mem_strdup(app), .backoff = {.min = 100, .max = 2000}};
	db->limit = CALL_MS;
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
	return db->wire.pg != NULL;
}

void
db_prepare(struct db *db, bool yes)
{
	db->wire.prepared.wanted = yes ? UNASKED : NEVER;
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
	wire_hang_up(&db->wire);
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
	if (idle == 0 || db->wire.pg == NULL)
		return CLOCK_NEVER;
	if (clock_ms() < db->wire.used_at + idle)
		return db->wire.used_at + idle;
	wire_hang_up(&db->wire);
	mem_trim(); /* libpq's buffers, too */
	return CLOCK_NEVER;
}

void
db_forget(struct db *db)
{
	wire_wipe(&db->wire);
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
	wire_hang_up(&(*db)->wire);
	free((*db)->wire.app);
	free((*db)->kept);
	free(*db);
	*db = NULL;
}

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
	return wire_state_is(state, later) ? E_UNAVAILABLE : E_INTERNAL;
}

/* As often as it makes sense: once, or twice. */
static enum error
run(struct db *db, enum db_repeat repeat, const char *sql, const char *const value[], size_t n)
{
	/* A deadlock or a broken connection may be over by now; what took too long once will again. */
	static const char *const again[] = {"40", NULL};
	int64_t deadline = clock_ms() + db->limit;
	enum error e = E_UNAVAILABLE;

	for (int attempt = 0; attempt < 2 && clock_ms() < deadline; attempt++) {
		PGresult *res;

		put_aside(db);
		if (!wire_open(&db->wire, &deadline) || clock_ms() >= deadline)
			return E_UNAVAILABLE;
		res = wire_ask(&db->wire, repeat, sql, value, n, deadline);
		if (res != NULL) {
			keep(db, res);
			e = verdict(db);
		}
		if (repeat == ONCE || (res != NULL && (e != E_UNAVAILABLE || !wire_state_is(wire_state(res), again))))
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
	return PQbackendPID(db->wire.pg);
}

int
db_library_version(void)
{
	return PQlibVersion();
}

bool
db_refused(struct db *db, char *why, size_t size)
{
	/* No such database, no such role or a wrong password, no right: nothing that waiting would change. */
	static const char *const refusals[] = {"3D000", "28", "42501", NULL};
	char reason[DIAL_WHY], state[DIAL_STATE];

	if (db->wire.pg == NULL) {
		dial_state(db->wire.conninfo, db->wire.app, clock_ms() + ASK_AGAIN_MS, reason, state);
		snprintf(why, size, "%s", reason);
		return wire_state_is(state, refusals);
	}
	if (!wire_state_is(wire_state(db->res), refusals))
		return false;
	snprintf(why, size, "%s", PQresultErrorField(db->res, PG_DIAG_MESSAGE_PRIMARY));
	return true;
}

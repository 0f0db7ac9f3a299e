/* SPDX-License-Identifier: ISC */
#include "db/run.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/mutant.h"

#define CALL_MS 12000 /* the role's statement_timeout ends it before */
#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 2000

struct db {
	const char *conninfo;
	char *app;
	PGconn *pg;      /* NULL: not connected */
	PGresult *res;   /* of the last call */
	int row;         /* next row to give out */
	int64_t used_at; /* end of the last call */
	int64_t retry_at; /* no connection attempt before this */
	int64_t backoff;
	char *sentence;
};

struct db *
db_new(const char *conninfo, const char *app)
{
	struct db *db = mem_alloc(sizeof(*db));

	db->conninfo = conninfo;
	db->app = mem_strdup(app);
	return db;
}

static void
hang_up(struct db *db)
{
	PQfinish(db->pg);
	db->pg = NULL;
}

void
db_forget(struct db *db)
{
	PQclear(db->res);
	db->res = NULL;
	db->row = 0;
	free(db->sentence);
	db->sentence = NULL;
}

void
db_close(struct db **db)
{
	if (*db == NULL)
		return;
	db_forget(*db);
	hang_up(*db);
	free((*db)->app);
	free(*db);
	*db = NULL;
}

const char *
db_sentence(const struct db *db)
{
	return db->sentence;
}

int64_t
db_rest(struct db *db, int64_t idle)
{
	if (idle == 0 || db->pg == NULL)
		return CLOCK_NEVER;
	if (clock_ms() < db->used_at + idle)
		return db->used_at + idle;
	db_forget(db);
	hang_up(db);
	return CLOCK_NEVER;
}

/* Waits until the connection's socket is ready. false: the deadline passed. */
static bool
wait_for(PGconn *pg, short events, int64_t deadline)
{
	struct pollfd p = {.fd = PQsocket(pg), .events = events};

	for (;;) {
		int n = poll(&p, 1, clock_left(deadline));

		if (n > 0)
			return true;
		if (n == 0 || errno != EINTR)
			return false;
	}
}

static void
first_line(char *out, size_t size, const char *message)
{
	snprintf(out, size, "%.*s", (int)strcspn(message, "\n"), message);
}

static void
ignore_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

static bool
dial(struct db *db)
{
	/* What comes first is the default, what stands in conninfo overrides it. GSS would cost
	 * every session a credentials cache; the socket limits end what TCP itself would not.
	 * connect_timeout is for each of several hosts. */
	const char *const keys[] = {"application_name", "gssencmode", "connect_timeout", "keepalives_idle",
	    "keepalives_interval", "keepalives_count", "tcp_user_timeout", "dbname", NULL};
	const char *const values[] = {db->app, "disable", "3", "20", "5", "3", "10000", db->conninfo, NULL};

	db->pg = PQconnectdbParams(keys, values, 1);
	return db->pg != NULL && PQstatus(db->pg) == CONNECTION_OK && PQsetnonblocking(db->pg, 1) == 0;
}

/* false: not connected. After a failure it does not try again for a moment, so that callers answer at once. */
static bool
connected(struct db *db)
{
	char why[200];

	if (db->pg != NULL)
		return true;
	if (clock_ms() < db->retry_at)
		return false;
	if (dial(db)) {
		PQsetNoticeProcessor(db->pg, ignore_notice, NULL);
		db->backoff = 0;
		return true;
	}
	first_line(why, sizeof(why), db->pg != NULL ? PQerrorMessage(db->pg) : "out of memory");
	db->backoff = db->backoff == 0 ? RETRY_MIN_MS : db->backoff * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : db->backoff * 2;
	db->retry_at = clock_ms() + db->backoff / 2 + clock_jitter(db->backoff / 2);
	log_warn("db_unreachable", "why=%s", why);
	hang_up(db);
	return false;
}

#if CHAOS_MUTANT == 1 || CHAOS_MUTANT == 2
/* A send is left uncommitted until the next call, or until db_mutant_commit(). */
static bool mutant_open;

static void
mutant_transaction(PGconn *pg, const char *word)
{
	PQsetnonblocking(pg, 0);
	PQclear(PQexec(pg, word));
	PQsetnonblocking(pg, 1);
	mutant_open = strcmp(word, "begin") == 0;
}

static void
mutant_before(struct db *db, const char *sql)
{
	db_mutant_commit(db);
	if (strstr(sql, "chat.send(") != NULL)
		mutant_transaction(db->pg, "begin");
}

void
db_mutant_commit(struct db *db)
{
	if (mutant_open && db->pg != NULL)
		mutant_transaction(db->pg, "commit");
}
#endif

/* Sends the statement and keeps its result. false: the connection is broken, the outcome unknown. */
static bool
exchange(struct db *db, const char *sql, const struct db_args *a, int64_t deadline)
{
	PGresult *res;
	int left;

#if CHAOS_MUTANT == 1 || CHAOS_MUTANT == 2
	mutant_before(db, sql);
#endif
	if (!PQsendQueryParams(db->pg, sql, a->n, NULL, a->value, NULL, NULL, 0))
		return false;
	while ((left = PQflush(db->pg)) == 1)
		if (!wait_for(db->pg, POLLIN | POLLOUT, deadline) || !PQconsumeInput(db->pg))
			return false;
	if (left != 0)
		return false;
	for (;;) {
		while (PQisBusy(db->pg))
			if (!wait_for(db->pg, POLLIN, deadline) || !PQconsumeInput(db->pg))
				return false;
		if ((res = PQgetResult(db->pg)) == NULL)
			break;
		PQclear(db->res);
		db->res = res;
	}
	return PQstatus(db->pg) == CONNECTION_OK && db->res != NULL;
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
state_of(const struct db *db)
{
	const char *state = db->res != NULL ? PQresultErrorField(db->res, PG_DIAG_SQLSTATE) : NULL;

	return state != NULL ? state : "";
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
		db->sentence = mem_strdup(message);
		return e;
	}
	log_warn("db_error", "state=%s why=%s", state, message);
	return is_one_of(state, later) ? E_UNAVAILABLE : E_INTERNAL;
}

enum error
db_run(struct db *db, enum db_repeat repeat, const char *sql, const struct db_args *a)
{
	int64_t deadline = clock_ms() + CALL_MS;
	char why[200];
	enum error e = E_UNAVAILABLE;

	for (int attempt = 0; attempt < 2 && clock_ms() < deadline; attempt++) {
		bool sent;

		db_forget(db);
		if (!connected(db))
			return E_UNAVAILABLE;
		sent = exchange(db, sql, a, deadline);
		db->used_at = clock_ms();
		e = sent ? verdict(db) : E_UNAVAILABLE;
		if (sent && e != E_UNAVAILABLE)
			return e;
		if (!sent || PQstatus(db->pg) != CONNECTION_OK) {
			first_line(why, sizeof(why), PQerrorMessage(db->pg));
			log_warn("db_lost", "why=%s", why);
			hang_up(db);
		}
		/* A deadlock or a broken connection may be over by now; what took too long once will again. */
		if (repeat == ONCE || (sent && db->pg != NULL && !is_one_of(state_of(db), (const char *const[]){"40", NULL})))
			return e;
	}
	return e;
}

int
db_rows(const struct db *db)
{
	return PQntuples(db->res);
}

bool
db_next(struct db *db, int *row)
{
	if (db->row >= PQntuples(db->res))
		return false;
	*row = db->row++;
	return true;
}

const char *
db_str(const struct db *db, int row, int col)
{
	return PQgetisnull(db->res, row, col) ? NULL : PQgetvalue(db->res, row, col);
}

int64_t
db_int(const struct db *db, int row, int col)
{
	return strtoll(PQgetvalue(db->res, row, col), NULL, 10);
}

bool
db_bool(const struct db *db, int row, int col)
{
	return PQgetvalue(db->res, row, col)[0] == 't';
}

int
db_library_version(void)
{
	return PQlibVersion();
}

enum error
db_schema_level(struct db *db, int *level)
{
	const struct db_args none = {.n = 0};
	enum error e;

	*level = 0;
	e = db_run(db, REPEATABLE, "select 1 from pg_namespace where nspname = 'chat'", &none);
	if (e != E_OK || db_rows(db) == 0)
		return e;
	e = db_run(db, REPEATABLE, "select chat.schema_level()", &none);
	if (e == E_OK)
		*level = (int)db_int(db, 0, 0);
	return e;
}

/* libpq has no SQLSTATE for a connection, only, where asked for it alone, as the end of the message. */
static bool
dial_refused(struct db *db, char *why, size_t size)
{
	const char *message, *state;
	bool refused;

	if (dial(db))
		return false;
	first_line(why, size, PQerrorMessage(db->pg));
	PQsetErrorVerbosity(db->pg, PQERRORS_SQLSTATE);
	PQreset(db->pg);
	message = PQerrorMessage(db->pg);
	state = strrchr(message, ' ');
	refused = state != NULL && strlen(state) == strlen(" 3D000\n") && is_one_of(state + 1, refusals);
	hang_up(db);
	return refused;
}

bool
db_refused(struct db *db, char *why, size_t size)
{
	if (db->pg == NULL)
		return dial_refused(db, why, size);
	if (!is_one_of(state_of(db), refusals))
		return false;
	snprintf(why, size, "%s", PQresultErrorField(db->res, PG_DIAG_MESSAGE_PRIMARY));
	return true;
}

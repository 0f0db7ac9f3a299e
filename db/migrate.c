/* SPDX-License-Identifier: ISC */
#include "db/migrate.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backoff.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"

/*
 * The number: any that nobody else uses with pg_advisory_xact_lock in this
 * database. Whoever waits for a lock has others wait behind it, who would not
 * have to wait for its holder (a dump, say): so it gives up soon, and tries again.
 */
#define BEGIN "begin; select pg_advisory_xact_lock(7236684); set local lock_timeout = '500ms'"
#define GIVE_UP_MS (5 * 60 * 1000)

struct run {
	PGconn *pg;
	PGresult *res; /* of the last statement */
	bool busy;     /* it failed for a lock that another holds */
	int changes;
};

static int
newest(void)
{
	int version = 0;

	for (const struct migration *m = migrations; m->version != 0; m++)
		version = m->version;
	return version;
}

bool
migrate_fits(const struct schema_levels *l, char *why, size_t size)
{
	if (l->tables < 0)
		snprintf(why, size,
		    "the database is of before schema levels, which this program cannot migrate: run chatd --migrate on a new "
		    "one, and bring over what is in this");
	else if (l->oldest > schema_level)
		snprintf(why, size, "the database serves programs of level %d or newer, and this one has %d: run a newer chatd",
		    l->oldest, schema_level);
	else if (l->tables < newest() || l->code < schema_level)
		snprintf(why, size,
		    "the database has schema %d, level %d, and this program needs %d, level %d: run chatd --migrate with a "
		    "--db that may change it",
		    l->tables, l->code, newest(), schema_level);
	else if (l->tables > newest() && l->code == schema_level)
		snprintf(why, size,
		    "the database has schema %d of the same level %d as this program, which knows %d: run the chatd that "
		    "made it",
		    l->tables, l->code, newest());
	else
		return true;
	return false;
}

static bool
migrate_run(struct run *r, const char *at, const char *sql, int n, const char *const args[])
{
	PGresult *res = n == 0 ? PQexec(r->pg, sql) : PQexecParams(r->pg, sql, n, NULL, args, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(res);
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	PQclear(r->res);
	r->res = res;
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return true;
	r->busy = state != NULL && (strcmp(state, "55P03") == 0 || strcmp(state, "40P01") == 0);
	if (r->busy)
		log_info("migrate_waits", "at=%s why=%s", at, PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY));
	else
		log_error("migrate_failed", "at=%s why=%s", at, PQerrorMessage(r->pg));
	return false;
}

/* The last statement had a row, and true in this column. */
static bool
is_true(const struct run *r, int col)
{
	return PQntuples(r->res) > 0 && PQgetvalue(r->res, 0, col)[0] == 't';
}

static int
migrate_number(const struct run *r, int col)
{
	return atoi(PQgetvalue(r->res, 0, col));
}

static bool
migrate_look(struct run *r, struct schema_levels *l)
{
	*l = (struct schema_levels){0};
	if (!migrate_run(r, "look", "select to_regclass('chat.schema_version') is null, to_regclass('chat.schema_objects') is null",
	        0, NULL))
		return false;
	if (is_true(r, 0))
		return true;
	if (is_true(r, 1)) {
		l->tables = -1;
		return true;
	}
	if (!migrate_run(r, "look",
	        "select coalesce((select max(v.version) from chat.schema_version v where exists (select from chat.settings)), -1), "
	        "coalesce((select code_level from chat.settings), 0), coalesce((select oldest_level from chat.settings), 0)",
	        0, NULL))
		return false;
	*l = (struct schema_levels){migrate_number(r, 0), migrate_number(r, 1), migrate_number(r, 2)};
	return true;
}

/* there: the newest file that was applied. */
static bool
tables(struct run *r, int there)
{
	for (const struct migration *m = migrations; m->version != 0; m++) {
		char version[16];
		const char *const args[] = {version, m->sql, m->file};

		snprintf(version, sizeof(version), "%d", m->version);
		if (m->version > there) {
			if (!migrate_run(r, m->file, m->sql, 0, NULL) || !migrate_run(r, m->file, "reset role; reset search_path", 0, NULL) ||
			    !migrate_run(r, m->file,
			        "insert into chat.schema_version (version, sha256, file) "
			        "values ($1, encode(sha256(convert_to($2, 'UTF8')), 'hex'), $3)",
			        3, args))
				return false;
			r->changes++;
			continue;
		}
		if (!migrate_run(r, m->file,
		        "select sha256 = encode(sha256(convert_to($2, 'UTF8')), 'hex') from chat.schema_version where version = $1",
		        2, args))
			return false;
		if (!is_true(r, 0)) {
			log_error("migration_edited", "file=%s hint=%s", m->file,
			    "the database has another version of this file; files that were applied are never edited");
			return false;
		}
	}
	return true;
}

/* A name may stand for several functions. */
#define CALLS "(select format('function %s', p.oid::regprocedure) as call, 'function ' || p.proname as object from pg_proc p " \
	      "where p.pronamespace = 'chat'::regnamespace) f"

static bool
revoke(struct run *r, const char *object)
{
	const char *const args[] = {object};

	return migrate_run(r, object,
	           "select string_agg(format('revoke all on %s from chatd, chat_read, chat_admin', "
	           "coalesce(f.call, replace(o.object, 'view ', ''))), '; ') "
	           "from (select $1 as object) o left join " CALLS " using (object)",
	           1, args) &&
	       migrate_run(r, object, PQgetvalue(r->res, 0, 0), 0, NULL);
}

/* Grants go first, so that those in the text are all there are. */
static bool
object(struct run *r, const struct schema_object *o)
{
	static const char note[] =
	    "insert into schema_objects as o (object, file, sha256) "
	    "values ($1, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex')) "
	    "on conflict (object) do update set file = excluded.file, sha256 = excluded.sha256, applied_at = now() "
	    "where (o.file, o.sha256) <> (excluded.file, excluded.sha256) returning xmax <> 0";
	const char *const args[] = {o->object, o->file, o->sql};

	if (!migrate_run(r, o->object, note, 3, args))
		return false;
	if (PQntuples(r->res) == 0)
		return true;
	r->changes++;
	return (!is_true(r, 0) || revoke(r, o->object)) && migrate_run(r, o->object, o->sql, 0, NULL);
}

/* What schema/code/ has no more. */
static bool
drop(struct run *r)
{
	struct buf names = {0};
	const char *args[1];
	bool ok;

	for (const struct schema_object *o = schema_objects; o->object != NULL; o++)
		buf_addf(&names, "%c%s", o == schema_objects ? '{' : ',', o->object);
	buf_addc(&names, '}');
	args[0] = buf_str(&names);
	ok = migrate_run(r, "drop",
	    "with d as (delete from schema_objects where object <> all ($1) returning object) "
	    "select string_agg('drop ' || coalesce(f.call, d.object), '; ' order by d.object desc) from d left join " CALLS
	    " using (object)",
	    1, args);
	buf_free(&names);
	if (!ok || PQgetisnull(r->res, 0, 0))
		return ok;
	r->changes++;
	return migrate_run(r, "drop", PQgetvalue(r->res, 0, 0), 0, NULL);
}

static bool
code(struct run *r)
{
	char level[16], oldest[16];
	const char *const args[] = {level, oldest};

	snprintf(level, sizeof(level), "%d", schema_level);
	snprintf(oldest, sizeof(oldest), "%d", schema_oldest);
	if (!migrate_run(r, "code", "set local role chat_owner; set local search_path = chat", 0, NULL))
		return false;
	for (const struct schema_object *o = schema_objects; o->object != NULL; o++)
		if (!object(r, o))
			return false;
	return drop(r) && migrate_run(r, "level",
	                      "update settings set code_level = $1, oldest_level = $2 "
	                      "where (code_level, oldest_level) <> ($1, $2)",
	                      2, args);
}

static bool
everything(struct run *r)
{
	struct schema_levels there;
	char why[256];

	r->changes = 0;
	if (!migrate_run(r, "begin", BEGIN, 0, NULL) || !migrate_look(r, &there))
		return false;
	if (there.tables < 0 || there.tables > newest() || there.code > schema_level) {
		if (!migrate_fits(&there, why, sizeof(why))) {
			log_error("migrate_failed", "why=%s", why);
			return false;
		}
		log_info("migrate_newer", "level=%d ours=%d", there.code, schema_level);
		return true;
	}
	return tables(r, there.tables) && code(r) && migrate_run(r, "commit", "commit", 0, NULL);
}

static int
try(struct run *r)
{
	struct backoff pause = {.min = 500, .max = 5000};
	int64_t end = clock_ms() + GIVE_UP_MS;

	for (;;) {
		r->busy = false;
		if (everything(r)) {
			if (r->changes > 0)
				log_info("migrated", "changes=%d level=%d", r->changes, schema_level);
			return 0;
		}
		if (!r->busy || clock_ms() > end || !migrate_run(r, "rollback", "rollback", 0, NULL))
			return -1;
		poll(NULL, 0, (int)backoff_failed(&pause));
	}
}

static void
migrate_ignore(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

int
migrate(const char *conninfo)
{
	struct run r = {.pg = PQconnectdb(conninfo)};
	int result = -1;

	PQsetNoticeProcessor(r.pg, migrate_ignore, NULL);
	if (PQstatus(r.pg) != CONNECTION_OK)
		log_error("db_unreachable", "why=%s", PQerrorMessage(r.pg));
	else
		result = try(&r);
	PQclear(r.res);
	PQfinish(r.pg);
	return result;
}

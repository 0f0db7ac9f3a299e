/* SPDX-License-Identifier: ISC */
#include "db/migrate.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

/* Any number that nobody else uses with pg_advisory_xact_lock in this database. */
#define LOCK "select pg_advisory_xact_lock(7236684)"

int
migrate_newest(void)
{
	int newest = 0;

	for (const struct migration *m = migrations; m->version != 0; m++)
		newest = m->version;
	return newest;
}

static bool
done(PGconn *pg, PGresult *res, const char *what)
{
	ExecStatusType st = PQresultStatus(res);
	bool ok = st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK;

	if (!ok)
		log_error("migrate_failed", "at=%s why=%s", what, PQerrorMessage(pg));
	PQclear(res);
	return ok;
}

/* One value as text, caller frees; NULL: no row, or (with *failed) an error. */
static char *
ask(PGconn *pg, const char *sql, int n, const char *const args[], bool *failed)
{
	PGresult *res = PQexecParams(pg, sql, n, NULL, args, NULL, NULL, 0);
	char *answer = NULL;

	*failed = PQresultStatus(res) != PGRES_TUPLES_OK;
	if (*failed)
		log_error("migrate_failed", "why=%s", PQerrorMessage(pg));
	else if (PQntuples(res) > 0 && !PQgetisnull(res, 0, 0))
		answer = strdup(PQgetvalue(res, 0, 0));
	PQclear(res);
	return answer;
}

/* 1: already there as it is here; 0: missing; -1: there, but different, or an error. */
static int
applied(PGconn *pg, const struct migration *m)
{
	char version[16];
	const char *const args[] = {version, m->sql};
	bool failed;
	char *answer;
	int same;

	answer = ask(pg, "select to_regclass('chat.schema_version')::text", 0, NULL, &failed);
	if (failed || answer == NULL)
		return failed ? -1 : 0;
	free(answer);
	snprintf(version, sizeof(version), "%d", m->version);
	answer = ask(pg, "select sha256 = encode(sha256(convert_to($2, 'UTF8')), 'hex') from chat.schema_version where version = $1",
	    2, args, &failed);
	if (failed || answer == NULL)
		return failed ? -1 : 0;
	same = answer[0] == 't' ? 1 : -1;
	free(answer);
	if (same < 0)
		log_error("migration_edited", "file=%s hint=%s", m->file,
		    "the database has another version of this file; files that were applied are never edited");
	return same;
}

static bool
apply(PGconn *pg, const struct migration *m)
{
	char version[16];
	const char *const args[] = {version, m->file, m->sql};

	snprintf(version, sizeof(version), "%d", m->version);
	if (!done(pg, PQexec(pg, m->sql), m->file) || !done(pg, PQexec(pg, "reset role; reset search_path"), m->file))
		return false;
	return done(pg,
	    PQexecParams(pg,
	        "insert into chat.schema_version (version, file, sha256) "
	        "values ($1, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'))",
	        3, NULL, args, NULL, NULL, 0),
	    m->file);
}

static int
run_all(PGconn *pg)
{
	for (const struct migration *m = migrations; m->version != 0; m++) {
		int there;

		if (!done(pg, PQexec(pg, "begin"), "begin") || !done(pg, PQexec(pg, LOCK), "lock"))
			return -1;
		there = applied(pg, m);
		if (there < 0 || (there == 0 && !apply(pg, m)))
			return -1;
		if (!done(pg, PQexec(pg, "commit"), "commit"))
			return -1;
		if (there == 0)
			log_info("migrated", "file=%s", m->file);
	}
	return 0;
}

static void
ignore_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

int
migrate(const char *conninfo)
{
	PGconn *pg = PQconnectdb(conninfo);
	int result = -1;

	PQsetNoticeProcessor(pg, ignore_notice, NULL);
	if (PQstatus(pg) != CONNECTION_OK)
		log_error("db_unreachable", "why=%s", PQerrorMessage(pg));
	else
		result = run_all(pg);
	PQfinish(pg);
	return result;
}

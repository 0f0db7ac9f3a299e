/* SPDX-License-Identifier: ISC */
#include "db/facts.h"

#include <stdio.h>

#include "db/db.h"
#include "db/run.h"

static int
least(int a, int64_t b)
{
	return b >= 0 && b < a ? (int)b : a; /* below 0: no limit */
}

enum error
db_facts(struct db *db, struct db_facts *f)
{
	enum error e = db_call(db, REPEATABLE,
	    "select pg_catalog.pg_backend_pid() as backend, pg_catalog.current_setting('max_connections')::int "
	    "- pg_catalog.current_setting('superuser_reserved_connections')::int "
	    "- coalesce(pg_catalog.current_setting('reserved_connections', true)::int, 0) as most, "
	    "(select rolconnlimit from pg_catalog.pg_roles where rolname = current_user) as of_role, "
	    "(select datconnlimit from pg_catalog.pg_database where datname = pg_catalog.current_database()) as of_database, "
	    "pg_catalog.current_setting('transaction_read_only') = 'on' as read_only, "
	    "(select p.oid::regprocedure::text from pg_catalog.pg_proc p where p.pronamespace = 'chat'::regnamespace "
	    "and pg_catalog.has_function_privilege('chatd', p.oid, 'execute') and not pg_catalog.has_function_privilege(p.oid, 'execute') limit 1) as lacks");
	const char *lacks;

	if (e != E_OK)
		return e;
	f->direct = db_int(db, "backend") == db_backend(db);
	f->connections = least(least((int)db_int(db, "most"), db_int(db, "of_role")), db_int(db, "of_database"));
	f->read_only = db_bool(db, "read_only");
	lacks = db_str(db, "lacks");
	snprintf(f->lacks, sizeof(f->lacks), "%s", lacks != NULL ? lacks : "");
	return E_OK;
}

enum error
db_role_settings(struct db *db, char text[ROLE_SETTINGS])
{
	enum error e = db_call(db, REPEATABLE, "select pg_catalog.string_agg(s, ', ') as settings from chat.role_settings() s");
	const char *settings = e == E_OK ? db_str(db, "settings") : NULL;

	snprintf(text, ROLE_SETTINGS, "%s", settings != NULL ? settings : "");
	return e;
}

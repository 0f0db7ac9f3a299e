/* SPDX-License-Identifier: ISC */
#include "db/user.h"

#include "db/migrate.h"
#include "db/run.h"

enum error
db_user_register(struct db *db, const char *name, const char *hash, const char *invite, struct user *u)
{
	enum error e = db_call(db, SECRET, "select * from chat.user_register($1, $2, $3)", STR(name), STR(hash),
	    STR(invite));

	if (e == E_OK)
		*u = (struct user){.id = db_int(db, "id"), .name = db_str(db, "name")};
	return e;
}

enum error
db_user_auth(struct db *db, const char *name, int64_t id, struct user *u, const char **hash)
{
	enum error e = db_call(db, SECRET, "select * from chat.user_auth($1, $2)", STR(name), ID(id));

	if (e != E_OK)
		return e;
	if (!db_next(db))
		return E_NOT_FOUND;
	*u = (struct user){.id = db_int(db, "id"), .name = db_str(db, "name"), .dialect = db_str(db, "dialect")};
	*hash = db_str(db, "password");
	return E_OK;
}

enum error
db_user_source(struct db *db, int64_t user, const char *addr, bool *known)
{
	enum error e = db_call(db, REPEATABLE, "select chat.source_known($1, $2)", ID(user), STR(addr));

	if (e == E_OK)
		*known = db_bool(db, "source_known");
	return e;
}

enum error
db_user_passwd(struct db *db, int64_t user, int64_t device, const char *old, const char *new)
{
	return db_call(db, SECRET, "select * from chat.user_passwd($1, $2, $3, $4)", INT(user), INT(device), STR(old),
	    STR(new));
}

bool
db_device_id_next(struct db *db, int64_t *device)
{
	if (!db_next(db))
		return false;
	*device = db_int(db, "device_id");
	return true;
}

enum error
db_user_erase(struct db *db, int64_t user)
{
	return db_call(db, REPEATABLE, "select * from chat.account_erase($1, false)", INT(user));
}

bool
db_entry_id_next(struct db *db, int64_t *conv, int64_t *seq)
{
	if (!db_next(db))
		return false;
	*conv = db_int(db, "conv_id");
	*seq = db_int(db, "seq");
	return true;
}

enum error
db_user_dialect(struct db *db, int64_t user, const char *dialect)
{
	return db_call(db, REPEATABLE, "select chat.user_dialect($1, $2)", INT(user), STR(dialect));
}

enum error
db_device_list(struct db *db, int64_t user)
{
	return db_call(db, REPEATABLE, "select * from chat.device_list($1)", INT(user));
}

bool
db_device_next(struct db *db, struct device_row *d)
{
	if (!db_next(db))
		return false;
	*d = (struct device_row){.name = db_str(db, "name"), .created_at = db_str(db, "created_at"),
	    .last_seen = db_str(db, "last_seen"), .online = db_bool(db, "online")};
	return true;
}

enum error
db_device_revoke(struct db *db, int64_t user, const char *name, int64_t *device)
{
	enum error e = db_call(db, ONCE, "select chat.device_revoke($1, $2)", INT(user), STR(name));

	if (e == E_OK)
		*device = db_int(db, "device_revoke");
	return e;
}

enum error
db_settings_set(struct db *db, const char *registration, const char *strangers)
{
	return db_call(db, REPEATABLE, "select chat.settings_set($1, $2)", STR(registration), STR(strangers));
}

enum error
db_schema_levels(struct db *db, struct schema_levels *l)
{
	enum error e;

	*l = (struct schema_levels){0};
	e = db_call(db, REPEATABLE,
	    "select p.oid is not null as levels from pg_catalog.pg_namespace n "
	    "left join pg_catalog.pg_proc p on p.pronamespace = n.oid and p.proname = 'schema_levels' where n.nspname = 'chat'");
	if (e != E_OK || db_rows(db) == 0)
		return e;
	if (!db_bool(db, "levels")) {
		l->tables = -1;
		return E_OK;
	}
	e = db_call(db, REPEATABLE, "select * from chat.schema_levels()");
	if (e == E_OK)
		*l = (struct schema_levels){
		    .tables = (int)db_int(db, "tables"), .code = (int)db_int(db, "code"), .oldest = (int)db_int(db, "oldest")};
	return e;
}

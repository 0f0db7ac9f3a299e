/* SPDX-License-Identifier: ISC */
#include "db/user.h"

#include "db/run.h"

enum error
db_user_register(struct db *db, const char *name, const char *hash, const char *invite, struct user *u)
{
	struct db_args a = {.n = 0};
	enum error e;

	arg_str(&a, name);
	arg_str(&a, hash);
	arg_str(&a, invite);
	e = db_run(db, REPEATABLE, "select * from chat.user_register($1, $2, $3)", &a);
	if (e == E_OK)
		*u = (struct user){.id = db_int(db, 0, 0), .name = db_str(db, 0, 1)};
	return e;
}

enum error
db_user_auth(struct db *db, const char *name, int64_t id, struct user *u, const char **hash)
{
	struct db_args a = {.n = 0};
	enum error e;

	arg_str(&a, name);
	arg_id(&a, id);
	e = db_run(db, REPEATABLE, "select * from chat.user_auth($1, $2)", &a);
	if (e != E_OK)
		return e;
	if (db_rows(db) == 0)
		return E_NOT_FOUND;
	*u = (struct user){db_int(db, 0, 0), db_str(db, 0, 1), db_str(db, 0, 3)};
	*hash = db_str(db, 0, 2);
	return E_OK;
}

enum error
db_user_passwd(struct db *db, int64_t user, int64_t device, const char *old, const char *new)
{
	struct db_args a = {.n = 0};

	arg_int(&a, user);
	arg_int(&a, device);
	arg_str(&a, old);
	arg_str(&a, new);
	return db_run(db, REPEATABLE, "select * from chat.user_passwd($1, $2, $3, $4)", &a);
}

bool
db_device_id_next(struct db *db, int64_t *device)
{
	int row;

	if (!db_next(db, &row))
		return false;
	*device = db_int(db, row, 0);
	return true;
}

enum error
db_user_dialect(struct db *db, int64_t user, const char *dialect)
{
	struct db_args a = {.n = 0};

	arg_int(&a, user);
	arg_str(&a, dialect);
	return db_run(db, REPEATABLE, "select chat.user_dialect($1, $2)", &a);
}

enum error
db_device_list(struct db *db, int64_t user)
{
	struct db_args a = {.n = 0};

	arg_int(&a, user);
	return db_run(db, REPEATABLE, "select * from chat.device_list($1)", &a);
}

bool
db_device_next(struct db *db, struct device_row *d)
{
	int row;

	if (!db_next(db, &row))
		return false;
	*d = (struct device_row){db_str(db, row, 0), db_str(db, row, 1), db_str(db, row, 2), db_bool(db, row, 3)};
	return true;
}

enum error
db_device_revoke(struct db *db, int64_t user, const char *name, int64_t *device)
{
	struct db_args a = {.n = 0};
	enum error e;

	arg_int(&a, user);
	arg_str(&a, name);
	e = db_run(db, ONCE, "select chat.device_revoke($1, $2)", &a);
	if (e == E_OK)
		*device = db_int(db, 0, 0);
	return e;
}

enum error
db_settings_get(struct db *db, const char **registration, const char **strangers)
{
	struct db_args a = {.n = 0};
	enum error e = db_run(db, REPEATABLE, "select * from chat.settings_get()", &a);

	if (e == E_OK) {
		*registration = db_str(db, 0, 0);
		*strangers = db_str(db, 0, 1);
	}
	return e;
}

enum error
db_settings_set(struct db *db, const char *registration, const char *strangers)
{
	struct db_args a = {.n = 0};

	arg_str(&a, registration);
	arg_str(&a, strangers);
	return db_run(db, REPEATABLE, "select chat.settings_set($1, $2)", &a);
}

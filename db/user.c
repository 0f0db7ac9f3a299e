/* SPDX-License-Identifier: ISC */
#include "db/user.h"

#include "db/run.h"

enum error
db_user_register(struct db *db, const char *name, const char *hash, const char *mode, const char *invite,
    struct user *u)
{
	struct db_args a = {.n = 0};
	enum error e;

	arg_str(&a, name);
	arg_str(&a, hash);
	arg_str(&a, mode);
	arg_str(&a, invite);
	e = db_run(db, REPEATABLE, "select * from chat.user_register($1, $2, $3, $4)", &a);
	if (e == E_OK)
		*u = (struct user){db_int(db, 0, 0), db_str(db, 0, 1)};
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
	*u = (struct user){db_int(db, 0, 0), db_str(db, 0, 1)};
	*hash = db_str(db, 0, 2);
	return E_OK;
}

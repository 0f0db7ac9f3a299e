/* SPDX-License-Identifier: ISC */
#include "db/friend.h"

#include "db/run.h"

static enum error
run(struct db *db, enum db_repeat repeat, const char *sql, int64_t user, const char *name, int64_t id)
{
	struct db_args a = {.n = 0};

	arg_int(&a, user);
	arg_str(&a, name);
	arg_id(&a, id);
	return db_run(db, repeat, sql, &a);
}

static enum error
list(struct db *db, const char *sql, int64_t user)
{
	struct db_args a = {.n = 0};

	arg_int(&a, user);
	return db_run(db, REPEATABLE, sql, &a);
}

enum error
db_friend_add(struct db *db, int64_t user, const char *name, int64_t id, struct friend_row *f, bool *added)
{
	enum error e = run(db, REPEATABLE, "select * from chat.friend_add($1, $2, $3)", user, name, id);

	if (e == E_OK && db_friend_next(db, f))
		*added = db_bool(db, 0, 4);
	return e;
}

enum error
db_friend_remove(struct db *db, int64_t user, const char *name, int64_t id, struct friend_row *f)
{
	enum error e = run(db, ONCE, "select * from chat.friend_remove($1, $2, $3)", user, name, id);

	if (e == E_OK)
		db_friend_request_next(db, f);
	return e;
}

enum error
db_friend_list(struct db *db, int64_t user)
{
	return list(db, "select * from chat.friend_list($1)", user);
}

bool
db_friend_next(struct db *db, struct friend_row *f)
{
	int row;

	if (!db_next(db, &row))
		return false;
	*f = (struct friend_row){db_int(db, row, 0), db_str(db, row, 1), db_bool(db, row, 2), db_bool(db, row, 3)};
	return true;
}

enum error
db_friend_requests(struct db *db, int64_t user)
{
	return list(db, "select * from chat.friend_requests($1)", user);
}

bool
db_friend_request_next(struct db *db, struct friend_row *f)
{
	int row;

	if (!db_next(db, &row))
		return false;
	*f = (struct friend_row){.id = db_int(db, row, 0), .name = db_str(db, row, 1)};
	return true;
}

static enum error
set_block(struct db *db, const char *sql, int64_t user, const char *name, int64_t id, struct friend_row *f, bool *hidden)
{
	enum error e = run(db, ONCE, sql, user, name, id);

	if (e == E_OK && db_friend_request_next(db, f))
		*hidden = db_bool(db, 0, 2);
	return e;
}

enum error
db_block(struct db *db, int64_t user, const char *name, int64_t id, struct friend_row *f, bool *hidden)
{
	return set_block(db, "select * from chat.block($1, $2, $3)", user, name, id, f, hidden);
}

enum error
db_unblock(struct db *db, int64_t user, const char *name, int64_t id, struct friend_row *f, bool *hidden)
{
	return set_block(db, "select * from chat.unblock($1, $2, $3)", user, name, id, f, hidden);
}

enum error
db_block_list(struct db *db, int64_t user)
{
	return list(db, "select * from chat.block_list($1)", user);
}

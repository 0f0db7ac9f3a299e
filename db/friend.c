/* SPDX-License-Identifier: ISC */
#include "db/friend.h"

#include "db/run.h"

enum error
db_sight(struct db *db, int64_t user, const char *name, int64_t id, struct sight *sight)
{
	enum error e = db_call(db, REPEATABLE, "select * from chat.sight($1, $2, $3)", INT(user), STR(name), ID(id));

	if (e == E_OK)
		*sight = (struct sight){.id = db_int(db, "id"), .name = db_str(db, "name"), .lists = db_bool(db, "lists"),
		    .shown = db_bool(db, "shown"), .seen = db_bool(db, "seen")};
	return e;
}

enum error
db_group_sight(struct db *db, int64_t user, int64_t group, bool joined)
{
	return db_call(db, REPEATABLE, "select * from chat.group_sight($1, $2, $3)", INT(user), INT(group), BOOL(joined));
}

enum error
db_friend_add(struct db *db, int64_t user, const char *name, int64_t id, struct friend_row *f, bool *added)
{
	enum error e = db_call(db, REPEATABLE, "select * from chat.friend_add($1, $2, $3)", INT(user), STR(name), ID(id));

	if (e == E_OK && db_friend_next(db, f))
		*added = db_bool(db, "added");
	return e;
}

enum error
db_friend_list(struct db *db, int64_t user, int64_t after, int limit)
{
	return db_call(db, REPEATABLE, "select * from chat.friend_page($1, $2, $3)", INT(user), ID(after), INT(limit));
}

bool
db_friend_next(struct db *db, struct friend_row *f)
{
	if (!db_friend_request_next(db, f))
		return false;
	f->online = db_bool(db, "online");
	f->mutual = db_bool(db, "mutual");
	return true;
}

enum error
db_friend_requests(struct db *db, int64_t user, int64_t after, int limit)
{
	return db_call(db, REPEATABLE, "select * from chat.friend_request_page($1, $2, $3)", INT(user), ID(after), INT(limit));
}

bool
db_friend_request_next(struct db *db, struct friend_row *f)
{
	if (!db_next(db))
		return false;
	*f = (struct friend_row){.id = db_int(db, "id"), .name = db_str(db, "name")};
	return true;
}

/* Who it was about. */
static enum error
friend_named(struct db *db, enum error e, struct friend_row *f)
{
	if (e == E_OK)
		db_friend_request_next(db, f);
	return e;
}

enum error
db_friend_remove(struct db *db, int64_t user, const char *name, int64_t id, struct friend_row *f)
{
	return friend_named(db, db_call(db, ONCE, "select * from chat.friend_remove($1, $2, $3)", INT(user), STR(name), ID(id)), f);
}

enum error
db_block(struct db *db, int64_t user, const char *name, int64_t id, struct friend_row *f)
{
	return friend_named(db, db_call(db, ONCE, "select * from chat.block($1, $2, $3)", INT(user), STR(name), ID(id)), f);
}

enum error
db_unblock(struct db *db, int64_t user, const char *name, int64_t id, struct friend_row *f)
{
	return friend_named(db, db_call(db, ONCE, "select * from chat.unblock($1, $2, $3)", INT(user), STR(name), ID(id)), f);
}

enum error
db_block_list(struct db *db, int64_t user, int64_t after, int limit)
{
	return db_call(db, REPEATABLE, "select * from chat.block_page($1, $2, $3)", INT(user), ID(after), INT(limit));
}

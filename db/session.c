/* SPDX-License-Identifier: ISC */
#include "db/session.h"

#include <stdlib.h>

#include "db/run.h"

#define PLACE(at) \
	STR((at)->node), STR((at)->boot), INT((at)->child), INT((at)->pid), STR((at)->addr), BOOL((at)->quiet)

static void
session_opened(struct db *db, struct opened *s)
{
	*s = (struct opened){.id = db_int(db, "session_id"), .device = db_int(db, "device_id"),
	    .was_online = db_bool(db, "was_online"), .epoch = db_str(db, "epoch"), .replaced = db_bool(db, "replaced"),
	    .groups = db_str(db, "groups")};
}

enum error
db_session_open(struct db *db, int64_t user, const char *password, const char *device, const char *token_hash,
    const struct place *at, struct opened *s)
{
	enum error e = db_call(db, SECRET, "select * from chat.session_begin($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
	    INT(user), STR(password), STR(device), HEX(token_hash), PLACE(at));

	if (e != E_OK)
		return e;
	session_opened(db, s);
	s->user = user;
	return E_OK;
}

enum error
db_session_resume(struct db *db, const char *token_hash, const struct place *at, struct opened *s)
{
	enum error e = db_call(db, REPEATABLE, "select * from chat.session_resume($1, $2, $3, $4, $5, $6, $7)", HEX(token_hash),
	    PLACE(at));

	if (e != E_OK)
		return e;
	if (!db_next(db))
		return E_BAD_CREDENTIALS;
	session_opened(db, s);
	s->user = db_int(db, "user_id");
	s->user_name = db_str(db, "user_name");
	s->device_name = db_str(db, "device_name");
	return E_OK;
}

int64_t
db_opened_next(struct opened *s)
{
	char id[24];

	array_next(&s->groups, id, sizeof(id));
	return strtoll(id, NULL, 10);
}

enum error
db_session_catch_up(struct db *db, int64_t user, int64_t device, bool arrived, int convs, int limit)
{
	return db_call(db, REPEATABLE, "select * from chat.catch_up($1, $2, $3, $4, $5)", INT(user), INT(device),
	    BOOL(arrived), INT(convs), INT(limit));
}

enum error
db_session_check(struct db *db, int64_t session, int64_t device, const char *token_hash, const struct place *at,
    const char **over)
{
	enum error e = db_call(db, REPEATABLE, "select chat.session_check($1, $2, $3, $4, $5, $6, $7, $8, $9)", INT(session),
	    INT(device), HEX(token_hash), PLACE(at));

	if (e == E_OK)
		*over = db_str(db, "session_check");
	return e;
}

enum error
db_session_name(struct db *db, int64_t session, const char **name)
{
	enum error e = db_call(db, REPEATABLE, "select chat.session_name($1)", INT(session));

	if (e == E_OK)
		*name = db_str(db, "session_name");
	return e;
}

enum error
db_session_sweep(struct db *db, const int64_t sessions[], size_t n, int most)
{
	return db_call(db, REPEATABLE, "select * from chat.sweep($1, $2)", INTS(sessions, n), INT(most));
}

bool
db_swept_next(struct db *db, struct swept *w)
{
	if (!db_next(db))
		return false;
	*w = (struct swept){.n = (int)db_int(db, "n") - 1, .gone = db_bool(db, "gone"), .conv = db_int(db, "conv_id"),
	    .high = db_int(db, "high")};
	return true;
}

enum error
db_session_arrived(struct db *db, int64_t user)
{
	return db_call(db, REPEATABLE, "select * from chat.session_arrived($1)", INT(user));
}

enum error
db_session_end(struct db *db, int64_t session, bool logout)
{
	return db_call(db, REPEATABLE, "select * from chat.session_end($1, $2)", INT(session), BOOL(logout));
}

enum error
db_node_lost(struct db *db, const char *boot, const int64_t children[], size_t n)
{
	return db_call(db, REPEATABLE, "select * from chat.node_lost($1, $2)", STR(boot), INTS(children, n));
}

enum error
db_node_only(struct db *db, const char *boot, int64_t last, const int64_t children[], size_t n)
{
	return db_call(db, REPEATABLE, "select * from chat.node_only($1, $2, $3)", STR(boot), INTS(children, n), INT(last));
}

bool
db_fan_next(struct db *db, struct fan *f)
{
	if (!db_next(db))
		return false;
	*f = (struct fan){.id = db_int(db, "fan_id"), .user = db_int(db, "user_id"), .user_name = db_str(db, "user_name")};
	return true;
}

enum error
db_node_end(struct db *db, const char *boot)
{
	return db_call(db, REPEATABLE, "select chat.node_end($1)", STR(boot));
}

enum error
db_node_hands_over(struct db *db, const char *boot)
{
	return db_call(db, REPEATABLE, "select chat.node_hands_over($1)", STR(boot));
}

enum error
db_node_namesake(struct db *db, const char *boot, int *pid)
{
	enum error e = db_call(db, REPEATABLE, "select * from chat.node_namesakes($1)", STR(boot));

	*pid = e == E_OK && db_next(db) ? (int)db_int(db, "node_namesakes") : 0;
	return e;
}

enum error
db_node_bearers(struct db *db, const char *node, const char *boot)
{
	return db_call(db, REPEATABLE, "select * from chat.node_bearers($1, $2)", STR(node), STR(boot));
}

bool
db_bearer_next(struct db *db, struct bearer *b)
{
	if (!db_next(db))
		return false;
	*b = (struct bearer){.boot = db_str(db, "boot"), .seen = db_str(db, "seen"), .pid = (int)db_int(db, "pid")};
	return true;
}

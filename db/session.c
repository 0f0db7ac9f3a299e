/* SPDX-License-Identifier: ISC */
#include "db/session.h"

#include <stdio.h>

#include "db/run.h"

static void
arg_place(struct db_args *a, const struct place *at)
{
	arg_str(a, at->node);
	arg_str(a, at->boot);
	arg_int(a, at->child);
	arg_int(a, at->pid);
	arg_str(a, at->addr);
}

static void
arg_hash(struct db_args *a, char bytea[TOKEN_HASH_HEX + 3], const char *hex)
{
	snprintf(bytea, TOKEN_HASH_HEX + 3, "\\x%s", hex);
	arg_str(a, bytea);
}

enum error
db_session_open(struct db *db, int64_t user, const char *device, const char *token_hash, const struct place *at,
    struct opened *o)
{
	char bytea[TOKEN_HASH_HEX + 3];
	struct db_args a = {.n = 0};
	enum error e;

	arg_int(&a, user);
	arg_str(&a, device);
	arg_hash(&a, bytea, token_hash);
	arg_place(&a, at);
	e = db_run(db, REPEATABLE, "select * from chat.session_open($1, $2, $3, $4, $5, $6, $7, $8)", &a);
	if (e == E_OK)
		*o = (struct opened){.id = db_int(db, 0, 0), .user = user, .device = db_int(db, 0, 1),
		    .was_online = db_bool(db, 0, 2), .epoch = db_str(db, 0, 3), .replaced = db_bool(db, 0, 4)};
	return e;
}

enum error
db_session_resume(struct db *db, const char *token_hash, const struct place *at, struct opened *o)
{
	char bytea[TOKEN_HASH_HEX + 3];
	struct db_args a = {.n = 0};
	enum error e;

	arg_hash(&a, bytea, token_hash);
	arg_place(&a, at);
	e = db_run(db, REPEATABLE, "select * from chat.session_resume($1, $2, $3, $4, $5, $6)", &a);
	if (e != E_OK)
		return e;
	if (db_rows(db) == 0)
		return E_BAD_CREDENTIALS;
	*o = (struct opened){.user = db_int(db, 0, 0), .user_name = db_str(db, 0, 1), .device_name = db_str(db, 0, 2),
	    .id = db_int(db, 0, 3), .device = db_int(db, 0, 4), .was_online = db_bool(db, 0, 5),
	    .epoch = db_str(db, 0, 6), .replaced = db_bool(db, 0, 7)};
	return E_OK;
}

enum error
db_session_alive(struct db *db, int64_t session, int64_t device, const struct place *at, const char **over)
{
	struct db_args a = {.n = 0};
	enum error e;

	arg_int(&a, session);
	arg_int(&a, device);
	arg_place(&a, at);
	e = db_run(db, REPEATABLE, "select chat.session_alive($1, $2, $3, $4, $5, $6, $7)", &a);
	if (e == E_OK)
		*over = db_str(db, 0, 0);
	return e;
}

enum error
db_session_arrived(struct db *db, int64_t user)
{
	struct db_args a = {.n = 0};

	arg_int(&a, user);
	return db_run(db, REPEATABLE, "select * from chat.session_arrived($1)", &a);
}

enum error
db_session_end(struct db *db, int64_t session, bool logout)
{
	struct db_args a = {.n = 0};

	arg_int(&a, session);
	arg_bool(&a, logout);
	return db_run(db, REPEATABLE, "select * from chat.session_end($1, $2)", &a);
}

/* last: -1 where the function does not take it. */
static enum error
node_children(struct db *db, const char *sql, const char *boot, int64_t last, const int64_t children[], size_t n)
{
	struct db_args a = {.n = 0};
	struct buf list = {0};
	enum error e;

	for (size_t i = 0; i < n; i++)
		array_int(&list, children[i]);
	arg_str(&a, boot);
	arg_str(&a, array_done(&list));
	if (last >= 0)
		arg_int(&a, last);
	e = db_run(db, REPEATABLE, sql, &a);
	buf_free(&list);
	return e;
}

enum error
db_node_lost(struct db *db, const char *boot, const int64_t children[], size_t n)
{
	return node_children(db, "select * from chat.node_lost($1, $2)", boot, -1, children, n);
}

enum error
db_node_only(struct db *db, const char *boot, int64_t last, const int64_t children[], size_t n)
{
	return node_children(db, "select * from chat.node_only($1, $2, $3)", boot, last, children, n);
}

enum error
db_node_beat(struct db *db, const struct place *at, const char *version, int sessions, bool judge)
{
	struct db_args a = {.n = 0};

	arg_str(&a, at->node);
	arg_str(&a, at->boot);
	arg_int(&a, at->pid);
	arg_str(&a, version);
	arg_int(&a, sessions);
	arg_bool(&a, judge);
	return db_run(db, REPEATABLE, "select * from chat.node_beat($1, $2, $3, $4, $5, $6)", &a);
}

bool
db_fan_next(struct db *db, struct fan *f)
{
	int row;

	if (!db_next(db, &row))
		return false;
	*f = (struct fan){db_int(db, row, 0), db_int(db, row, 1), db_str(db, row, 2)};
	return true;
}

enum error
db_node_end(struct db *db, const char *boot)
{
	struct db_args a = {.n = 0};

	arg_str(&a, boot);
	return db_run(db, REPEATABLE, "select chat.node_end($1)", &a);
}

enum error
db_node_hands_over(struct db *db, const char *boot)
{
	struct db_args a = {.n = 0};

	arg_str(&a, boot);
	return db_run(db, REPEATABLE, "select chat.node_hands_over($1)", &a);
}

enum error
db_node_namesake(struct db *db, const char *boot, int *pid)
{
	struct db_args a = {.n = 0};
	enum error e;

	arg_str(&a, boot);
	e = db_run(db, REPEATABLE, "select * from chat.node_namesakes($1)", &a);
	*pid = e == E_OK && db_rows(db) > 0 ? (int)db_int(db, 0, 0) : 0;
	return e;
}

/* SPDX-License-Identifier: ISC */
#include "db/group.h"

#include "db/run.h"

/* The columns of a group_row that db_group_next() reads, of what a function calls g. */
#define GROUP "g.id, g.name, g.description, g.role, g.last_seq, p.join_policy, p.history_policy"
#define POLICIES " g, chat.group_policies(g.id) p"

static enum error
run(struct db *db, enum db_repeat repeat, const char *sql, int64_t user, const char *name, int64_t id)
{
	struct db_args a = {.n = 0};

	arg_int(&a, user);
	arg_str(&a, name);
	arg_id(&a, id);
	return db_run(db, repeat, sql, &a);
}

enum error
db_group_create(struct db *db, int64_t user, const char *name, const char *description, const char *join,
    const char *history, struct group_row *g)
{
	struct db_args a = {.n = 0};
	enum error e;

	arg_int(&a, user);
	arg_str(&a, name);
	arg_str(&a, description);
	arg_str(&a, join);
	arg_str(&a, history);
	e = db_run(db, ONCE, "select * from chat.group_create($1, $2, $3, $4, $5)", &a);
	if (e == E_OK)
		*g = (struct group_row){db_int(db, 0, 0), db_str(db, 0, 1), db_str(db, 0, 2), "creator", 1, join, history};
	return e;
}

enum error
db_group_join(struct db *db, int64_t user, const char *name, int64_t id, struct group_row *g, bool *joined)
{
	enum error e = run(db, REPEATABLE, "select " GROUP ", g.joined from chat.group_join($1, $2, $3)" POLICIES, user,
	    name, id);

	if (e == E_OK && db_group_next(db, g))
		*joined = db_bool(db, 0, 7);
	return e;
}

enum error
db_group_leave(struct db *db, int64_t user, const char *name, int64_t id, struct group_row *g)
{
	enum error e = run(db, ONCE, "select * from chat.group_leave($1, $2, $3)", user, name, id);

	if (e == E_OK)
		*g = (struct group_row){.id = db_int(db, 0, 0), .name = db_str(db, 0, 1), .last_seq = db_int(db, 0, 2)};
	return e;
}

enum error
db_group_members(struct db *db, int64_t user, const char *name, int64_t id)
{
	return run(db, REPEATABLE, "select * from chat.group_members($1, $2, $3)", user, name, id);
}

bool
db_group_member_next(struct db *db, struct member_row *m)
{
	int row;

	if (!db_next(db, &row))
		return false;
	*m = (struct member_row){db_int(db, row, 0), db_str(db, row, 1), db_str(db, row, 2), db_bool(db, row, 3)};
	return true;
}

enum error
db_group_list(struct db *db, int64_t user)
{
	struct db_args a = {.n = 0};

	arg_int(&a, user);
	return db_run(db, REPEATABLE, "select " GROUP " from chat.group_list_of($1)" POLICIES, &a);
}

bool
db_group_next(struct db *db, struct group_row *g)
{
	int row;

	if (!db_next(db, &row))
		return false;
	*g = (struct group_row){db_int(db, row, 0), db_str(db, row, 1), db_str(db, row, 2), db_str(db, row, 3),
	    db_int(db, row, 4), db_str(db, row, 5), db_str(db, row, 6)};
	return true;
}

enum error
db_group_find(struct db *db, const char *text, int limit)
{
	struct db_args a = {.n = 0};

	arg_str(&a, text);
	arg_int(&a, limit);
	return db_run(db, REPEATABLE, "select g.*, p.* from chat.group_find($1, $2)" POLICIES, &a);
}

bool
db_group_found_next(struct db *db, struct group_row *g)
{
	int row;

	if (!db_next(db, &row))
		return false;
	*g = (struct group_row){.id = db_int(db, row, 0), .name = db_str(db, row, 1), .description = db_str(db, row, 2),
	    .last_seq = db_int(db, row, 3), .join = db_str(db, row, 4), .history = db_str(db, row, 5)};
	return true;
}

/* role: NULL where the function takes none. */
static enum error
govern(struct db *db, enum db_repeat repeat, const char *sql, int64_t by, const struct member_of *who, const char *role,
    struct governed *g)
{
	struct db_args a = {.n = 0};
	enum error e;

	arg_int(&a, by);
	arg_str(&a, who->group);
	arg_id(&a, who->group_id);
	arg_str(&a, who->user);
	arg_id(&a, who->user_id);
	if (role != NULL)
		arg_str(&a, role);
	e = db_run(db, repeat, sql, &a);
	if (e == E_OK)
		*g = (struct governed){db_int(db, 0, 0), db_str(db, 0, 1), db_int(db, 0, 2), db_str(db, 0, 3), 0};
	return e;
}

enum error
db_group_invite(struct db *db, int64_t by, const struct member_of *who, struct governed *g, bool *done)
{
	enum error e = govern(db, REPEATABLE, "select * from chat.group_invite($1, $2, $3, $4, $5)", by, who, NULL, g);

	if (e == E_OK)
		*done = db_bool(db, 0, 4);
	return e;
}

enum error
db_group_kick(struct db *db, int64_t by, const struct member_of *who, struct governed *g)
{
	enum error e = govern(db, ONCE, "select * from chat.group_kick($1, $2, $3, $4, $5)", by, who, NULL, g);

	if (e == E_OK)
		g->seq = db_int(db, 0, 4);
	return e;
}

enum error
db_group_ban(struct db *db, int64_t by, const struct member_of *who, struct governed *g)
{
	enum error e = govern(db, ONCE, "select * from chat.group_ban($1, $2, $3, $4, $5)", by, who, NULL, g);

	if (e == E_OK)
		g->seq = db_int(db, 0, 4);
	return e;
}

enum error
db_group_unban(struct db *db, int64_t by, const struct member_of *who, struct governed *g)
{
	return govern(db, ONCE, "select * from chat.group_unban($1, $2, $3, $4, $5)", by, who, NULL, g);
}

enum error
db_group_role(struct db *db, int64_t by, const struct member_of *who, const char *role, struct governed *g)
{
	enum error e = govern(db, ONCE, "select * from chat.group_role($1, $2, $3, $4, $5, $6)", by, who, role, g);

	if (e == E_OK)
		g->seq = db_int(db, 0, 4);
	return e;
}

enum error
db_group_set(struct db *db, int64_t by, const char *name, int64_t id, const char *new_name, const char *description,
    const char *join, const char *history, struct group_row *g)
{
	struct db_args a = {.n = 0};
	enum error e;

	arg_int(&a, by);
	arg_str(&a, name);
	arg_id(&a, id);
	arg_str(&a, new_name);
	arg_str(&a, description);
	arg_str(&a, join);
	arg_str(&a, history);
	e = db_run(db, ONCE, "select " GROUP " from chat.group_set($1, $2, $3, $4, $5, $6, $7)" POLICIES, &a);
	if (e == E_OK)
		db_group_next(db, g);
	return e;
}

/* SPDX-License-Identifier: ISC */
#include "db/group.h"

#include "db/run.h"

/* The columns that db_group_next() reads, of what a function calls g. */
#define GROUP "g.id, g.name, g.description, g.role, g.last_seq, p.join_policy, p.history_policy"
#define POLICIES " g, chat.group_policies(g.id) p"
#define MEMBER(by, who) INT(by), STR((who)->group), ID((who)->group_id), STR((who)->user), ID((who)->user_id)

enum error
db_group_create(struct db *db, int64_t user, const char *name, const char *description, const char *join,
    const char *history, struct group_row *g)
{
	enum error e = db_call(db, ONCE, "select * from chat.group_create($1, $2, $3, $4, $5)", INT(user), STR(name),
	    STR(description), STR(join), STR(history));

	if (e == E_OK)
		*g = (struct group_row){.id = db_int(db, "id"), .name = db_str(db, "name"),
		    .description = db_str(db, "description"), .role = "creator", .last_seq = 1, .join = join,
		    .history = history};
	return e;
}

enum error
db_group_join(struct db *db, int64_t user, const char *name, int64_t id, struct group_row *g, bool *joined)
{
	enum error e = db_call(db, REPEATABLE, "select " GROUP ", g.joined from chat.group_join($1, $2, $3)" POLICIES,
	    INT(user), STR(name), ID(id));

	if (e == E_OK && db_group_next(db, g))
		*joined = db_bool(db, "joined");
	return e;
}

enum error
db_group_leave(struct db *db, int64_t user, const char *name, int64_t id, struct group_row *g)
{
	enum error e = db_call(db, ONCE, "select * from chat.group_leave($1, $2, $3)", INT(user), STR(name), ID(id));

	if (e == E_OK)
		*g = (struct group_row){.id = db_int(db, "id"), .name = db_str(db, "name"), .last_seq = db_int(db, "seq")};
	return e;
}

enum error
db_group_members(struct db *db, int64_t user, const char *name, int64_t id, int64_t after, int limit)
{
	return db_call(db, REPEATABLE, "select * from chat.member_page($1, $2, $3, $4, $5)", INT(user), STR(name), ID(id),
	    ID(after), INT(limit));
}

bool
db_group_member_next(struct db *db, struct member_row *m)
{
	if (!db_next(db))
		return false;
	*m = (struct member_row){.id = db_int(db, "id"), .name = db_str(db, "name"), .role = db_str(db, "role"),
	    .online = db_bool(db, "online")};
	return true;
}

enum error
db_group_list(struct db *db, int64_t user, int64_t after, int limit)
{
	return db_call(db, REPEATABLE, "select " GROUP " from chat.group_page($1, $2, $3)" POLICIES, INT(user), ID(after),
	    INT(limit));
}

bool
db_group_next(struct db *db, struct group_row *g)
{
	if (!db_next(db))
		return false;
	*g = (struct group_row){
	    .id = db_int(db, "id"),
	    .name = db_str(db, "name"),
	    .description = db_str(db, "description"),
	    .role = db_str(db, "role"),
	    .last_seq = db_int(db, "last_seq"),
	    .join = db_str(db, "join_policy"),
	    .history = db_str(db, "history_policy"),
	};
	return true;
}

bool
db_invitation_next(struct db *db, struct invitation_row *i)
{
	if (!db_next(db))
		return false;
	*i = (struct invitation_row){.group = db_int(db, "id"), .group_name = db_str(db, "name"), .user = db_int(db, "user_id"),
	    .user_name = db_str(db, "user_name")};
	return true;
}

enum error
db_group_find(struct db *db, const char *text, int64_t after, int limit)
{
	return db_call(db, REPEATABLE,
	    "select g.id, g.name, g.description, null as role, g.members as last_seq, p.* from chat.group_find_page($1, $2, $3)" POLICIES,
	    STR(text), ID(after), INT(limit));
}

static enum error
group_governed(struct db *db, enum error e, struct governed *g)
{
	if (e == E_OK)
		*g = (struct governed){.id = db_int(db, "id"), .name = db_str(db, "name"), .user = db_int(db, "user_id"),
		    .user_name = db_str(db, "user_name")};
	return e;
}

/* The same of what makes an entry. */
static enum error
group_governed_by(struct db *db, enum error e, struct governed *g)
{
	if (group_governed(db, e, g) == E_OK)
		g->seq = db_int(db, "seq");
	return e;
}

enum error
db_group_invite(struct db *db, int64_t by, const struct member_of *who, struct governed *g, bool *done)
{
	enum error e = db_call(db, REPEATABLE, "select * from chat.group_invite($1, $2, $3, $4, $5)", MEMBER(by, who));

	if (group_governed(db, e, g) == E_OK)
		*done = db_bool(db, "done");
	return e;
}

enum error
db_group_kick(struct db *db, int64_t by, const struct member_of *who, struct governed *g)
{
	return group_governed_by(db, db_call(db, ONCE, "select * from chat.group_kick($1, $2, $3, $4, $5)", MEMBER(by, who)), g);
}

enum error
db_group_ban(struct db *db, int64_t by, const struct member_of *who, struct governed *g)
{
	return group_governed_by(db, db_call(db, ONCE, "select * from chat.group_ban($1, $2, $3, $4, $5)", MEMBER(by, who)), g);
}

enum error
db_group_unban(struct db *db, int64_t by, const struct member_of *who, struct governed *g)
{
	return group_governed(db, db_call(db, ONCE, "select * from chat.group_unban($1, $2, $3, $4, $5)", MEMBER(by, who)), g);
}

enum error
db_group_role(struct db *db, int64_t by, const struct member_of *who, const char *role, struct governed *g)
{
	return group_governed_by(db, db_call(db, ONCE, "select * from chat.group_role($1, $2, $3, $4, $5, $6)", MEMBER(by, who), STR(role)), g);
}

enum error
db_group_set(struct db *db, int64_t by, const char *name, int64_t id, const char *new_name, const char *description,
    const char *join, const char *history, struct group_row *g)
{
	enum error e = db_call(db, ONCE, "select " GROUP " from chat.group_set($1, $2, $3, $4, $5, $6, $7)" POLICIES, INT(by),
	    STR(name), ID(id), STR(new_name), STR(description), STR(join), STR(history));

	if (e == E_OK)
		db_group_next(db, g);
	return e;
}

/* SPDX-License-Identifier: ISC */
/* group - groups and their members. A group is named by id, or by name if id is 0; its id is its conversation's. */
#ifndef DB_GROUP_H
#define DB_GROUP_H

#include "db/db.h"

#define INVITATIONS 100 /* as many are shown; one more is read */

struct invitation_row {
	int64_t group, user; /* into it, by */
	const char *group_name, *user_name;
};

struct group_row {
	int64_t id;
	const char *name;
	const char *description;
	const char *role; /* the asker's */
	int64_t last_seq;
	const char *join, *history; /* "open" or "invite"; "joined" or "all" */
};

/* A group and a user, each named by id, or by name if the id is 0. */
struct member_of {
	const char *group;
	int64_t group_id;
	const char *user;
	int64_t user_id;
};

struct member_row {
	int64_t id;
	const char *name;
	const char *role;
	bool online;
};

/* join: "open" or "invite"; history: "joined" or "all". Not repeated by itself: a lost answer is E_UNAVAILABLE. */
enum error db_group_create(struct db *db, int64_t user, const char *name, const char *description,
    const char *join, const char *history, struct group_row *g);
/* joined: false if a member already. g->last_seq: the own join, else the newest entry. */
enum error db_group_join(struct db *db, int64_t user, const char *name, int64_t id, struct group_row *g, bool *joined);
/* g: id, name, and in last_seq the entry of the leave. */
enum error db_group_leave(struct db *db, int64_t user, const char *name, int64_t id, struct group_row *g);

/* Lists: at most so many after the one with that id (0: from the first on). */
enum error db_group_members(struct db *db, int64_t user, const char *name, int64_t id, int64_t after, int limit);
bool db_group_member_next(struct db *db, struct member_row *m);

enum error db_group_list(struct db *db, int64_t user, int64_t after, int limit);
bool db_group_next(struct db *db, struct group_row *g);
/* Of db_session_catch_up(). */
bool db_invitation_next(struct db *db, struct invitation_row *i);

/* Open groups whose name or description contains text: then db_group_next(), where last_seq is the number of members. */
enum error db_group_find(struct db *db, const char *text, int64_t after, int limit);

/* A group and the other user that an admin deals with. */
struct governed {
	int64_t id;
	const char *name;
	int64_t user;
	const char *user_name;
	int64_t seq; /* the entry it made; 0: none */
};

/* done: false when the user is a member already. */
enum error db_group_invite(struct db *db, int64_t by, const struct member_of *who, struct governed *g, bool *done);
enum error db_group_kick(struct db *db, int64_t by, const struct member_of *who, struct governed *g);
enum error db_group_ban(struct db *db, int64_t by, const struct member_of *who, struct governed *g);
enum error db_group_unban(struct db *db, int64_t by, const struct member_of *who, struct governed *g);
enum error db_group_role(struct db *db, int64_t by, const struct member_of *who, const char *role, struct governed *g);

/* What is NULL stays. g->last_seq: the entry that says what was changed. */
enum error db_group_set(struct db *db, int64_t by, const char *name, int64_t id, const char *new_name,
    const char *description, const char *join, const char *history, struct group_row *g);

#endif

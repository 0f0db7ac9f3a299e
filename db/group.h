/* SPDX-License-Identifier: ISC */
/* group - groups and their members. A group is named by id, or by name if id is 0; its id is its conversation's. */
#ifndef DB_GROUP_H
#define DB_GROUP_H

#include "db/db.h"

struct group_row {
	int64_t id;
	const char *name;
	const char *description;
	const char *role; /* the asker's */
	int64_t last_seq;
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

enum error db_group_members(struct db *db, int64_t user, const char *name, int64_t id);
bool db_group_member_next(struct db *db, struct member_row *m);

enum error db_group_list(struct db *db, int64_t user);
bool db_group_next(struct db *db, struct group_row *g);

#endif

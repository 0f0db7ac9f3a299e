/* SPDX-License-Identifier: ISC */
/* friend - who is on whose list. The other user is named by id, or by name if id is 0. */
#ifndef DB_FRIEND_H
#define DB_FRIEND_H

#include "db/db.h"

struct friend_row {
	int64_t id;
	const char *name;
	bool online;
	bool mutual; /* each has the other */
};

/* Another user and the asker: who of them sees the other online. */
struct sight {
	int64_t id;
	const char *name;
	bool lists; /* the other has the asker on the list */
	bool shown; /* the other sees the asker online */
	bool seen;  /* the asker sees the other online */
};
enum error db_sight(struct db *db, int64_t user, const char *name, int64_t id, struct sight *sight);

/*
 * A user has joined a group, or is out of it: leaves fans to be read by db_fan_next(), who see each other in it and did
 * not before, or see each other no more.
 */
enum error db_group_sight(struct db *db, int64_t user, int64_t group, bool joined);

/* added: was not on the list before. */
enum error db_friend_add(struct db *db, int64_t user, const char *name, int64_t id, struct friend_row *f, bool *added);
enum error db_friend_remove(struct db *db, int64_t user, const char *name, int64_t id, struct friend_row *f);

/* At most so many after user `after` (0: from the first on). Then db_friend_next() gives one after the other. */
enum error db_friend_list(struct db *db, int64_t user, int64_t after, int limit);
bool db_friend_next(struct db *db, struct friend_row *f);

/* Those who added the user and were not added back: id and name only. */
enum error db_friend_requests(struct db *db, int64_t user, int64_t after, int limit);
bool db_friend_request_next(struct db *db, struct friend_row *f);

enum error db_block(struct db *db, int64_t user, const char *name, int64_t id, struct friend_row *f);
enum error db_unblock(struct db *db, int64_t user, const char *name, int64_t id, struct friend_row *f);
/* Then db_friend_request_next(). */
enum error db_block_list(struct db *db, int64_t user, int64_t after, int limit);

#endif

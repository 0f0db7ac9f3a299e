/* SPDX-License-Identifier: ISC */
/* user - accounts. Where a user is named, it is by id, or by name if id is 0. */
#ifndef DB_USER_H
#define DB_USER_H

#include "db/db.h"

struct user {
	int64_t id;
	const char *name;
};

/* hash: argon2id string. mode: "open", "invite", "closed", NULL: as the settings table says. */
enum error db_user_register(struct db *db, const char *name, const char *hash, const char *mode,
    const char *invite, struct user *u);

/* The password hash of an account that may log in; E_NOT_FOUND if there is none. */
enum error db_user_auth(struct db *db, const char *name, int64_t id, struct user *u, const char **hash);

#endif

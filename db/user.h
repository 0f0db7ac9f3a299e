/* SPDX-License-Identifier: ISC */
/* user - accounts. Where a user is named, it is by id, or by name if id is 0. */
#ifndef DB_USER_H
#define DB_USER_H

#include "db/db.h"

struct user {
	int64_t id;
	const char *name;
	const char *dialect; /* the numbered protocol of the user's client: "a", "b", "c", NULL: not known */
};

/* hash: argon2id string, NULL: nothing is done but to refuse what would be refused; invite: a code or NULL. */
enum error db_user_register(struct db *db, const char *name, const char *hash, const char *invite, struct user *u);

/* The password hash of an account that may log in; E_NOT_FOUND if there is none. */
enum error db_user_auth(struct db *db, const char *name, int64_t id, struct user *u, const char **hash);

/* *known: the account (0: none) has logged in from that address within 30 days. */
enum error db_user_source(struct db *db, int64_t user, const char *addr, bool *known);

/* Puts the hash new in old's place and revokes the other devices, whose ids db_device_id_next() gives. */
enum error db_user_passwd(struct db *db, int64_t user, int64_t device, const char *old, const char *new);
bool db_device_id_next(struct db *db, int64_t *device);

/*
 * The account is no more. Parts: "fan", who is to be told that the user is offline (db_fan_next), "device", whose sessions
 * have to end (db_device_id_next), and "entry", what the logs of groups say of it (db_entry_id_next).
 */
enum error db_user_erase(struct db *db, int64_t user);
bool db_entry_id_next(struct db *db, int64_t *conv, int64_t *seq);

/* Remembers the numbered protocol that the user's client speaks. */
enum error db_user_dialect(struct db *db, int64_t user, const char *dialect);

struct device_row {
	const char *name;
	const char *created_at;
	const char *last_seen;
	bool online;
};

enum error db_device_list(struct db *db, int64_t user);
bool db_device_next(struct db *db, struct device_row *d);
/* *device: the id of the one that was revoked. */
enum error db_device_revoke(struct db *db, int64_t user, const char *name, int64_t *device);

/* What all nodes share; NULL leaves it as it is. */
enum error db_settings_set(struct db *db, const char *registration, const char *strangers);

#endif

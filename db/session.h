/* SPDX-License-Identifier: ISC */
/* session - logged-in sessions, the nodes they run on, and who is to be told that somebody came or went. */
#ifndef DB_SESSION_H
#define DB_SESSION_H

#include <stddef.h>

#include "db/db.h"

#define TOKEN_HASH_HEX 64

/* Where a session runs. boot and child name it for ever, the pid only while it lives. */
struct place {
	const char *node;
	const char *boot; /* one run of a master */
	int64_t child;    /* n-th child of that run */
	int pid;
	const char *addr; /* the client's, for people */
	bool quiet;       /* for a moment: it makes nobody online, and nobody is told */
};

struct opened {
	int64_t id;
	int64_t user;
	int64_t device;
	const char *user_name;   /* resume only */
	const char *device_name; /* resume only */
	const char *epoch;
	const char *groups;      /* those to listen to, for db_opened_next() */
	bool was_online; /* the user had another session */
	bool replaced;   /* the device had another session, which has to end */
};

/* One who is to be told that a user came or went. */
struct fan {
	int64_t id;
	int64_t user;
	const char *user_name;
};

/*
 * password: the hash that was compared. token_hash: hex. Ends the older session of the same device.
 * E_BAD_CREDENTIALS: the password was changed, or the account disabled, since it was compared.
 */
enum error db_session_open(struct db *db, int64_t user, const char *password, const char *device, const char *token_hash,
    const struct place *at, struct opened *s);
/* E_BAD_CREDENTIALS: unknown, revoked or expired. */
enum error db_session_resume(struct db *db, const char *token_hash, const struct place *at, struct opened *s);
/* The next of the groups; 0: there is none. */
int64_t db_opened_next(struct opened *s);
/*
 * What a device has to hear once it listens, of one moment. Its rows are read by parts: "reach" (db_reach_next),
 * "fan" (if arrived: db_fan_next), "friend", "group", "invitation" (db_invitation_next), and "entry": the first
 * `limit` entries of its backlog.
 */
enum error db_session_catch_up(struct db *db, int64_t user, int64_t device, bool arrived, int convs, int limit);
/* *over: NULL; "back": the row was lost by mistake and is there again; or why the session has to end. Borrowed. */
enum error db_session_check(struct db *db, int64_t session, int64_t device, const char *token_hash,
    const struct place *at, const char **over);

/* What its user is called now; NULL: its row is gone. Borrowed. */
enum error db_session_name(struct db *db, int64_t session, const char **name);

/* What there is to say of the n-th of many sessions: its row is gone, or a conversation its device has not acknowledged. */
struct swept {
	int n; /* from 0 */
	bool gone;
	int64_t conv; /* else, */
	int64_t high; /* and how far it goes */
};
/* At most `most` conversations each, to be read by db_swept_next(), session by session. */
enum error db_session_sweep(struct db *db, const int64_t sessions[], size_t n, int most);
bool db_swept_next(struct db *db, struct swept *w);

/* These leave fans to be read by db_fan_next(). */
enum error db_session_arrived(struct db *db, int64_t user);
enum error db_session_end(struct db *db, int64_t session, bool logout);
enum error db_node_lost(struct db *db, const char *boot, const int64_t children[], size_t n);
/* Of the children up to `last`, only these live. */
enum error db_node_only(struct db *db, const char *boot, int64_t last, const int64_t children[], size_t n);
bool db_fan_next(struct db *db, struct fan *f);

enum error db_node_end(struct db *db, const char *boot);
enum error db_node_hands_over(struct db *db, const char *boot);
/* Masters of that name which may live, to be read by db_bearer_next(); boot: not this one. */
enum error db_node_bearers(struct db *db, const char *node, const char *boot);
struct bearer {
	const char *boot, *seen; /* seen changes with each of its heartbeats */
	int pid;
};
bool db_bearer_next(struct db *db, struct bearer *b);
/* *pid: of an older master with the same name that lives and does not hand over; 0: there is none. */
enum error db_node_namesake(struct db *db, const char *boot, int *pid);

#endif

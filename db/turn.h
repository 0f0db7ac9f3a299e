/* SPDX-License-Identifier: ISC */
/*
 * turn - what a keeper asks for all the time: its heartbeat, what administrators' functions leave for a node to do, because
 * SQL cannot publish, whom to let in, and what has to be tidied up.
 */
#ifndef DB_TURN_H
#define DB_TURN_H

#include "db/session.h"

#define LETTERS 1000 /* of one call */

/* See the table chat.outbox; what does not apply is 0 or NULL. */
struct letter {
	int64_t id;
	const char *what;
	int64_t user, conv, seq;
	const char *line; /* without the LF */
};

struct beat {
	const char *version;
	int sessions;
	bool judge; /* others, who have fallen silent */
	const char *counters; /* JSON */
};
/*
 * The parts letter, for db_letter_next(), and with a heartbeat fan, for db_fan_next(), and settings. done: what is finished
 * since the last time goes.
 */
enum error db_turn(struct db *db, const struct place *at, const struct beat *b, const int64_t done[], size_t n);
/* false: there was no heartbeat. Who may register; what is wrong with the settings of the role, or NULL. Borrowed. */
bool db_turn_settings(struct db *db, const char **registration, const char **role);
bool db_letter_next(struct db *db, struct letter *l);

/* From where no connection is to be accepted, for db_denied_next(): text as address_block_parse() takes it. */
enum error db_denied(struct db *db);
bool db_denied_next(struct db *db, const char **block);

/* Some of what has to be done daily, in conversations above *after. *after is where to go on then, 0 at the end. */
enum error db_tidy(struct db *db, int64_t *after);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * db - one PostgreSQL connection, opened when it is first needed, reopened when
 * it broke, with a deadline on everything. The nouns (user.h, friend.h, group.h,
 * message.h, session.h) say what can be asked of it.
 *
 * Every function of the nouns returns E_OK, the protocol error with which the
 * database refused (db_sentence() then says why), E_UNAVAILABLE (not reachable,
 * or the outcome is unknown even after asking again) or E_INTERNAL (logged).
 * Rows of the newest call are read with the noun's _next functions; strings that
 * any call gave out are borrowed until db_forget().
 */
#ifndef DB_H
#define DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct db;
struct slots;

/* conninfo: anything libpq takes; borrowed. app: application_name; copied. Caller closes. */
struct db *db_new(const char *conninfo, const char *app);
void db_close(struct db **db);
/* From now on this process, whose client is of that source, waits in that line before it opens a connection. */
void db_dial_in(struct slots *line, uint64_t source);

/* No call takes longer, connecting included. What is given up so ends in PostgreSQL, too, which looks for us every second. */
void db_limit(struct db *db, int64_t ms);

/* false: the last call could not reach PostgreSQL, or was given up. */
bool db_is_connected(const struct db *db);

/* Whether what is asked often may be prepared, where the backend is our own; without this call it is not. */
void db_prepare(struct db *db, bool yes);

/* Why the last call refused; NULL if it did not say. Borrowed until db_forget(). */
const char *db_sentence(const struct db *db);

/* For how many ms the last call refused; 0: it did not say. */
int64_t db_wait(const struct db *db);

/* Frees what all calls gave out since the last time: once per request and per round of a loop. */
void db_forget(struct db *db);

/* Of the newest call's rows only those of one part are read from here on, from its first; for calls that have parts. */
bool db_part(struct db *db, const char *part);
/* Keeps them through db_forget(), until db_unhold() makes them the newest again. One at a time. */
void db_hold(struct db *db);
void db_unhold(struct db *db);

/* Gives the connection back now; what was read stays. */
void db_leave(struct db *db);

/* Gives the connection back if it has been idle for `idle` ms (0: never). Returns when to ask again. */
int64_t db_rest(struct db *db, int64_t idle);

/* libpq's, as 150004 for 15.4. */
int db_library_version(void);

/* What the database has, for migrate_fits(). */
struct schema_levels;
enum error db_schema_levels(struct db *db, struct schema_levels *l);

/* After a call that failed: true if PostgreSQL is there and will not have us (no such database or role, no right), and why. */
bool db_refused(struct db *db, char *why, size_t size);

#endif

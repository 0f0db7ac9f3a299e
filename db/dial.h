/* SPDX-License-Identifier: ISC */
/* dial - a new connection to PostgreSQL, within a deadline that only a server that is not there can reach. */
#ifndef DB_DIAL_H
#define DB_DIAL_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#define DIAL_WHY 200
#define DIAL_STATE 6 /* a SQLSTATE */

/* Non-blocking, with nobody listening to notices. NULL: why says it. Caller finishes it. */
PGconn *dial(const char *conninfo, const char *app, int64_t deadline, char why[DIAL_WHY]);

struct slots;
/* Where dial_in_turn() waits from now on; as one of that source. */
void dial_line(struct slots *s, uint64_t source);
/*
 * The same when many processes want one: waits in their line first, and what that takes is
 * added to *deadline, so that a crowd is slow and nobody fails because of it.
 */
PGconn *dial_in_turn(const char *conninfo, const char *app, int64_t *deadline, char why[DIAL_WHY]);

/* After dial() failed: tries twice more, and finds the SQLSTATE with which the server refuses; "": none. */
void dial_state(const char *conninfo, const char *app, int64_t deadline, char why[DIAL_WHY], char state[DIAL_STATE]);

/* Waits until the connection's socket is ready. false: the deadline passed. */
bool dial_wait(PGconn *pg, short events, int64_t deadline);

/* The first line of what libpq says. */
void dial_why(char why[DIAL_WHY], const char *message);

#endif

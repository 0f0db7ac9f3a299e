/* SPDX-License-Identifier: ISC */
/* catchup - what PostgreSQL knows and the client has not been given: asked for, and given in order. */
#ifndef CATCHUP_H
#define CATCHUP_H

#include "session/feed.h"
#include "session/session.h"

/* Gives what comes after the pushed entry of f, and before entry `before`. Returns the number of entries found, -1: not now. */
int catchup_fetch(struct session *s, struct feed *f, int64_t before);
/* When the next step can be taken; CLOCK_NEVER: nothing is behind, or the client takes no more. */
int64_t catchup_due(const struct session *s);
/* All that a login asks for in one call, see db_session_catch_up(); the backlog in it waits for the first step. */
enum error catchup_begin(struct session *s, bool arrived);
/* One step for the feeds that are behind. */
void catchup_step(struct session *s);
/* f is as r says, which is not less than the truth. */
void catchup_merge(struct session *s, const struct reach *r);
/* Asks which conversations there are and how far they go. */
enum error catchup_refresh(struct session *s);
/* We have just fallen behind, but the bus may bring what is missing: it has so many ms, if it is up. */
void catchup_soon(struct session *s, int64_t ms);
/* The bus has brought something that was missing: was it all? */
void catchup_done(struct session *s);
/* The same, after an answer is not there: not before a moment has passed. */
void catchup_later(struct session *s);

/*
 * The sweep: whatever the bus said, each session is compared with PostgreSQL now and then, also whether it still has
 * the device. The keeper does that for all; a session does it alone where there is no room for it in the node's table,
 * or no keeper.
 */
/* Into the table; the first time is so many ms from now. */
void catchup_enter(struct session *s, int64_t ms);
/* The bus has gone, or is back. */
void catchup_degraded(struct session *s);
/* It is back, and confirmed: the keeper finds out who missed something meanwhile, for all of them together. */
void catchup_anew(struct session *s);
/* When s->delivery->sweep_at has come: has the keeper done it? */
void catchup_sweep(struct session *s);
/* The keeper has found something. */
void catchup_wake(struct session *s);

#endif

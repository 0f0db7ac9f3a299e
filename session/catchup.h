/* SPDX-License-Identifier: ISC */
/* catchup - what PostgreSQL knows and the client has not been given: asked for, and given in order. */
#ifndef CATCHUP_H
#define CATCHUP_H

#include "session/feed.h"
#include "session/session.h"

/* Gives what comes after the pushed entry of f, and before entry `before`. Returns the number of entries found, -1: not now. */
int catchup_fetch(struct session *s, struct feed *f, int64_t before);
/* All that a login asks for in one call, see db_session_catch_up(); the backlog in it waits for the first step. */
enum error catchup_begin(struct session *s, bool arrived);
/* One step for the feeds that are behind. */
void catchup_step(struct session *s);
/* f is as r says, which is not less than the truth. */
void catchup_merge(struct session *s, const struct reach *r);
/* Asks which conversations there are and how far they go. */
enum error catchup_refresh(struct session *s);
/* The same, after an answer is not there: not before a moment has passed. */
void catchup_later(struct session *s);
/* Compares with PostgreSQL, whatever the bus said; also whether this session is still the device's. */
void catchup_sweep(struct session *s);

#endif

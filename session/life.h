/* SPDX-License-Identifier: ISC */
/*
 * life - a session from login to logout, and its part of the process's loop.
 *
 * The order of a login is the point. First the channels of the user and of the groups that came
 * with the session, all confirmed: what changes or is stored from here on is heard. Then one call
 * brings the lists, the feeds and the first of the backlog from PostgreSQL; a group that was joined
 * in between is listened to, and asked for once more when Redis has confirmed that too. In any other
 * order there is a moment in which something is neither heard nor read.
 */
#ifndef LIFE_H
#define LIFE_H

#include <poll.h>

#include "session/session.h"

/*
 * The database has the row of o (life_open, life_resume): the user is logged in, everything is listened to, and others
 * learn of it. The newest call of the database then has the parts "friend", "group" and "invitation". On error the login is over.
 */
enum error life_begin(struct session *s, struct opened *o, const char *name);

/* The session's row in the database: by password, of which the hash that was compared is given, or by token hash (hex). */
enum error life_open(struct session *s, int64_t user, const char *password, const char *device, const char *token_hash,
    struct opened *o);
enum error life_resume(struct session *s, const char *token_hash, struct opened *o);

/*
 * Ends the login, not the connection. logout: its token too, and if the database does not
 * take that (false), nothing has changed. Else the session is over, whatever it returns.
 */
bool life_end(struct session *s, bool logout);
/* What the database remembers of the user who logs in; letter: "a", "b", "c" or NULL. */
void life_remembers(struct session *s, const char *letter);

/* For the loop: descriptors, what they brought (if they did), what there is to do, and when to come back at the latest. */
#define LIFE_FDS BUS_FDS
int life_poll(const struct session *s, struct pollfd fds[LIFE_FDS]);
void life_hear(struct session *s, bool brought);
void life_work(struct session *s);
/* The keeper has found something out about the session. */
void life_wake(struct session *s);
int64_t life_due(struct session *s);

#endif

/* SPDX-License-Identifier: ISC */
/* sight - a deed after which two users see each other come and go, or do so no more: both are told, if it changed. */
#ifndef SIGHT_H
#define SIGHT_H

#include "db/friend.h"
#include "handlers/request.h"
#include "session/session.h"

/* Before it: the field "user", and how it is with that user. */
enum error want_sight(struct session *s, struct req *rq, struct sight *was);
/* It is done. */
void sight_changed(struct session *s, const struct sight *was);
/* Both, and the deed in between; the user is the answer. */
typedef enum error sight_fn(struct db *, int64_t, const char *, int64_t, struct friend_row *);
enum error sight_change(struct session *s, struct req *rq, sight_fn *fn);
/* The user has joined the group, or is out of it: the same for all who are in it. */
void sight_joined(struct session *s, int64_t user, int64_t group, bool joined);

#endif

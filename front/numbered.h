/* SPDX-License-Identifier: ISC */
/*
 * dialect - the numbered protocols of the older C++ cluster chat servers, so that
 * their clients connect unchanged. A numbered request becomes the native one and
 * runs by the same table; a native event becomes a numbered push.
 */
#ifndef DIALECT_H
#define DIALECT_H

#include "conn.h"
#include "lib/error.h"

struct req;

/* The first object of a connection: sets c->speech, and c->dialect for a numbered client. */
void dialect_recognise(struct conn *c, const struct req *rq);
/* One object of a numbered client; rq stays the caller's. */
void dialect_request(struct conn *c, struct req *rq);
/* What a numbered client sent could not be understood at all. */
void dialect_refuse(struct conn *c, enum error e, const char *why);
/* The password was right: what the database remembers of the user, or NULL. */
void dialect_remembered(struct conn *c, const char *letter);
/* A native event line for a numbered client: queued as frames, or ignored. */
void dialect_event(struct conn *c, const char *line, size_t n);
/* Writes the next frame if it may be written now, and sees to T_PACE. */
void dialect_write(struct conn *c);
/* The connection is over and its socket still open: what certainly arrived is acknowledged. */
void dialect_end(struct conn *c);
void dialect_free(struct conn *c);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * speak - what a front has to do: one initialiser of this struct, named front_NAME, and a
 * row in front.c. A front reads what has arrived in peer->in, runs it (handlers/table.h),
 * puts answers and events into peer->out, and knows nothing of other fronts; nothing
 * outside front/ knows which one a client has.
 */
#ifndef SPEAK_H
#define SPEAK_H

#include "front/peer.h"
#include "session/session.h"

enum recognised { NOT_OURS, OURS, MORE_WANTED };

struct front {
	/* From the first n (>= 1) bytes of a connection, none of them white space at the beginning. */
	enum recognised (*recognise)(const char *first, size_t n);

	/* The front's own state for one connection, self from here on; both arguments outlive it. */
	void *(*begin)(struct peer *peer, struct session *session);
	/* Runs what has arrived, as long as its answers have room. */
	void (*input)(void *self);
	/* Tells the client something, or not. */
	void (*event)(void *self, const struct event *e);
	/* For fronts that pace their output: writes what may be written now, and when to come back; NULL: peer_write(). */
	void (*work)(void *self);
	int64_t (*due)(void *self);
	void (*free)(void *self);

	int64_t login_ms; /* time to log in again, if that is more than the node gives; people type what we wait for */
	bool pings;       /* its clients answer a ping */
};

#endif

/* SPDX-License-Identifier: ISC */
/* object - JSON objects, one after the other, as native and numbered clients send them; the door (lib/door.h) is here. */
#ifndef OBJECT_H
#define OBJECT_H

#include "front/peer.h"
#include "lib/door.h"
#include "lib/error.h"
#include "session/session.h"

struct objects {
	struct peer *peer;
	struct session *session; /* who pays */
	struct door door;
	size_t scanned; /* bytes of peer->in that the door has seen */
	bool given;     /* the last of them was given out and is still there */
	int bad;        /* in a row */
	bool unfit;     /* the one that was given out counts as bad, too */
	char why[80];
};

struct object {
	const char *json; /* in peer->in, until the next call */
	size_t n;
	enum error error; /* what to refuse it with */
	const char *why;
};

/* Both are borrowed. */
void objects_init(struct objects *os, struct peer *p, struct session *s);
/* Bytes have arrived that were not looked at yet. */
bool objects_unseen(const struct objects *os);
/*
 * The next one, of at most limit bytes. 1: json, n; -1: error, why: it is not understood, and the
 * connection ends after too many or one too large; 0: nothing more now, there is no room for answers, or too much was refused.
 */
int objects_next(struct objects *os, size_t limit, struct object *o);
/* What was given out last makes no sense either: it counts as not understood. */
void objects_unfit(struct objects *os);

#endif

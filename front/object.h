/* SPDX-License-Identifier: ISC */
/* object - JSON objects, one after the other, as native and numbered clients send them; the door (lib/door.h) is here. */
#ifndef OBJECT_H
#define OBJECT_H

#include "front/peer.h"
#include "lib/door.h"
#include "lib/error.h"

struct objects {
	struct peer *peer;
	struct door door;
	size_t scanned; /* bytes of peer->in that the door has seen */
	bool given;     /* the last of them was given out and is still there */
	int bad;        /* in a row */
	char why[80];
};

struct object {
	const char *json; /* in peer->in, until the next call */
	size_t n;
	enum error error; /* what to refuse it with */
	const char *why;
};

void objects_init(struct objects *os, struct peer *p);
/* Bytes have arrived that were not looked at yet. */
bool objects_unseen(const struct objects *os);
/*
 * The next one, of at most limit bytes. 1: json, n; -1: error, why: it is not understood, and the
 * connection ends after too many or one too large; 0: nothing more now, or there is no room for answers.
 */
int objects_next(struct objects *os, size_t limit, struct object *o);

#endif

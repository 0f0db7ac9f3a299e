/* SPDX-License-Identifier: ISC */
/* delivery - where the delivery to one client stands; what deliver.c and catchup.c share, and nobody else sees. */
#ifndef DELIVERY_H
#define DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "session/held.h"
#include "session/session.h"

struct feed;

struct delivery {
	bool open;    /* the feeds are loaded */
	bool behind;  /* some feed has high > pushed */
	bool resync;  /* the set of feeds may be stale */
	bool anew;    /* the bus was away, and the keeper has not found anything since: what he finds it will not bring */
	bool page;    /* the database holds the first entries that are missing */
	bool synced;  /* the client has had its backlog */
	bool degraded; /* the client has been told that the bus is away */
	unsigned generation; /* of the bus, when last compared with PostgreSQL */
	struct held held; /* entries heard before the one they follow */
	struct {
		int64_t conv, first, last;
	} own; /* entries just stored, of which the client is told by the reply; conv 0: none */
	struct buf kept;  /* events that cannot be shown now, see kept.h */
	int64_t fetch_at; /* PostgreSQL did not answer: not again before; CLOCK_NEVER: it did */
	int64_t fetched_at; /* when it was last asked for what we are behind */
	int64_t sweep_at; /* see to it that we are compared with PostgreSQL, whatever the bus said */
	int64_t store_at; /* see to it that acknowledgements are stored; CLOCK_NEVER: none waits */
	int64_t handed;   /* by then the keeper has to have stored up to this change of our slot */
	bool own_acks;    /* it does not have all */
};

/* The client takes more: its window is open and its output not too long. */
bool delivery_may_push(const struct session *s);
/* If our membership ended with what was given last of a group, nothing later is ours: it is listened to no more. */
void delivery_end_if_over(struct session *s, const struct feed *f);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * session - who is logged in, with the connections to PostgreSQL and Redis that are his
 * alone. One per process, so nothing here is locked. What happens to it: life.h; what
 * it is given: deliver.h; what it tells others: tell.h.
 */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/bus.h"
#include "db/session.h"
#include "session/budget.h"
#include "session/event.h"
#include "session/node.h"

/* The client as a session sees it. */
struct viewer {
	/* Shows an event; whatever it points to is borrowed for the call. */
	void (*event)(void *arg, const struct event *e);
	/* Whether there is room for more output. */
	bool (*has_room)(const void *arg);
	/* The client has closed its side: whatever it asked for, it will not hear the answer. */
	bool (*is_gone)(const void *arg);
	/* The connection has to end, for this reason, which is borrowed for the call. */
	void (*bye)(void *arg, const char *reason);
};

struct session {
	const struct node *node;
	const struct viewer *viewer;
	void *view; /* its argument */

	/* who it is; 0 and NULL: not logged in */
	int64_t user, device, id;
	char *name;
	struct place place;
	uint64_t source; /* where place.addr belongs to, see lib/address.h */
	char token[TOKEN_HASH_HEX + 1]; /* of this login, as a hash in hex */
	struct slot *slot; /* in the node's table, see shared.h; NULL: not in it */
	bool row; /* the database has a row of this session, or may have */
	char dialect; /* the numbered protocol remembered for the user who logged in last; 0: none */

	struct db *db;
	struct bus *bus; /* NULL: not logged in */
	struct feeds *feeds;       /* feed.h; NULL: not logged in */
	struct delivery *delivery; /* deliver.c; NULL: not logged in */
	struct known *known;       /* known.h; NULL: nothing sent yet */
	budget budget; /* see purse.h */
	int64_t spent; /* of what all of the address have: since the last login */
	int64_t text, text_room, text_shut; /* bytes not counted yet, and how many may be; or until when none. See quota.h */
};

/* addr: the client's, for people; borrowed. child: the process's number in the master's count. */
void session_init(struct session *s, const struct node *node, const struct viewer *viewer, void *view, const char *addr,
    int64_t child);
/* After life_end(). */
void session_free(struct session *s);

bool session_is_on(const struct session *s);
/* The user is called so: in what it says, in the log and in ps. */
void session_named(struct session *s, const char *name);

void session_event(struct session *s, const struct event *e);
bool session_has_room(const struct session *s);
bool session_is_gone(const struct session *s);
void session_bye(struct session *s, const char *reason);

#endif

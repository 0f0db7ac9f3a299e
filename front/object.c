/* SPDX-License-Identifier: ISC */
#include "front/object.h"

#include <stdio.h>

#include "session/limits.h"
#include "session/purse.h"

#define OBJECT_MS 10000 /* for an object that has begun */
#define BAD_IN_A_ROW 10

void
objects_init(struct objects *os, struct peer *p, struct session *s)
{
	*os = (struct objects){.peer = p, .session = s};
	door_init(&os->door);
}

bool
objects_unseen(const struct objects *os)
{
	return buf_len(&os->peer->in) > os->scanned;
}

/* What the door has seen of no object, or of one that was given out, is done with. */
static void
objects_drop(struct objects *os)
{
	buf_drop(&os->peer->in, os->scanned);
	os->scanned = 0;
	peer_disarm(os->peer, D_OBJECT);
}

static void
count_bad(struct objects *os, bool at_once)
{
	purse_refused(os->session);
	if (++os->bad >= BAD_IN_A_ROW || at_once)
		peer_end(os->peer, "abuse", 0);
}

static int
objects_refuse(struct objects *os, struct object *o, enum error e, const char *why)
{
	objects_drop(os);
	*o = (struct object){.error = e, .why = why};
	count_bad(os, e == E_TOO_LARGE);
	return -1;
}

void
objects_unfit(struct objects *os)
{
	os->unfit = true;
	count_bad(os, false);
}

int
objects_next(struct objects *os, size_t limit, struct object *o)
{
	struct buf *in = &os->peer->in;
	size_t used;

	if (os->given) {
		objects_drop(os);
		os->bad = os->unfit ? os->bad : 0;
	}
	os->given = os->unfit = false;
	while (buf_len(in) > os->scanned && peer_has_room(os->peer) && purse_due(os->session) == 0) {
		enum door_verdict v = door_scan(&os->door, buf_data(in) + os->scanned, buf_len(in) - os->scanned, limit, &used);

		os->scanned += used;
		switch (v) {
		case DOOR_OBJECT:
			os->given = true;
			*o = (struct object){.json = buf_data(in) + os->scanned - os->door.len, .n = os->door.len};
			door_scan(&os->door, NULL, 0, limit, &used); /* no object has begun now */
			return 1;
		case DOOR_BAD:
			return objects_refuse(os, o, E_BAD_JSON, os->door.why);
		case DOOR_LARGE:
			snprintf(os->why, sizeof(os->why), "an object may have %zu bytes%s", limit,
			    limit == OBJECT_MAX ? "" : " before login");
			return objects_refuse(os, o, E_TOO_LARGE, os->why);
		case DOOR_MORE:
			if (os->door.len == 0) {
				purse_nothing(os->session, used);
				objects_drop(os);
			}
			break;
		}
	}
	/* A time limit for the object that has begun, from its first byte on. */
	if (os->door.len > 0 && !peer_is_armed(os->peer, D_OBJECT))
		peer_arm(os->peer, D_OBJECT, OBJECT_MS);
	return 0;
}

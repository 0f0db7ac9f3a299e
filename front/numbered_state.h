/* SPDX-License-Identifier: ISC */
/* numbered_state - what the numbered*.c files share of one client, and nobody else sees. */
#ifndef NUMBERED_STATE_H
#define NUMBERED_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "front/dialect.h"
#include "front/object.h"
#include "session/session.h"

/* The known clients read once, 1,024 bytes, and take that for one object. With its NUL. */
#define FRAME_MAX 1024
/* What fills a frame up, at least: ,"fill":"" */
#define FRAME_FILL 10
/* Most text of a frame, with its NUL, so that it can be filled up. */
#define FRAME_TEXT (FRAME_MAX - FRAME_FILL)

/* A frame that waits or was written, or an entry of which the client gets no frame. */
struct mark {
	size_t len;        /* with its NUL, in peer->out until written; 0: nothing to write */
	bool push;
	int64_t conv, seq; /* the entry it completes; seq 0: none */
	int64_t due;       /* when it counts as acknowledged (clock_ms); CLOCK_NEVER: it has not arrived */
};

struct numbered {
	struct peer *peer;
	struct session *session;
	struct objects objects;

	const struct dialect *dialect; /* how this client is spoken to, */
	bool shown;  /* by its own requests, or there is no other; */
	char stored; /* and what the database remembers of its user; 0: nothing */
	bool unfit;  /* the person has been told that a request was of none, or of another */
	char cid[40]; /* of the last text sent */
	uint64_t cids;

	struct mark *marks; /* [first, sent) written, [sent, n) waiting */
	size_t first, sent, n, cap;
	bool in_flight;   /* the last frame written has not arrived yet */
	int64_t written_at;
	int64_t look_at;  /* when to ask again whether it has */
	int64_t next_at;  /* no frame before this */
};

#endif

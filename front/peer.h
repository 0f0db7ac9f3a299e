/* SPDX-License-Identifier: ISC */
/* peer - the client's end of the connection: its socket, what has arrived, what waits to be written, its deadlines. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

enum deadline {
	D_LOGIN,   /* time to log in is over */
	D_OBJECT,  /* an object has been arriving for too long */
	D_SILENCE, /* the client said nothing: ask, then give up */
	D_STUCK,   /* the client takes next to nothing */
	D_LINGER,  /* after bye: the client has had time to read it */
	D_COUNT
};

struct peer {
	int fd;
	struct buf in, out;
	const char *addr;    /* for people */
	const char *reason;  /* why it has to end; NULL: it has not */
	char why[32];        /* where that stands */
	int64_t retry_after; /* ms to tell it then; 0: not said */
	bool closing; /* bye has been said: write what is left, then go */
	bool hung_up; /* the client ended or broke the connection */
	int64_t due[D_COUNT];
	size_t taken; /* by the client since D_STUCK was armed */
};

/* Takes fd; borrows addr. */
void peer_init(struct peer *p, int fd, const char *addr);
/* The buffers; the socket is the caller's to close. */
void peer_free(struct peer *p);

void peer_arm(struct peer *p, enum deadline d, int64_t ms_from_now);
void peer_disarm(struct peer *p, enum deadline d);
/* All deadlines but that of an object are put off: the client had to wait for us. */
void peer_put_off(struct peer *p, int64_t ms);
bool peer_is_armed(const struct peer *p, enum deadline d);

/* Reads what has arrived. false: nothing came, or the client hung up. */
bool peer_read(struct peer *p);
/* Writes what waits, as far as the socket takes it. */
void peer_write(struct peer *p);
/* Gives the memory of large buffers back, if they are empty. */
void peer_trim(struct peer *p);
/* It has been quiet for a while: no buffers at all. */
void peer_rest(struct peer *p);
/* The socket took something, or nothing for the first time: the client is given up if that goes on. */
void peer_is_stuck(struct peer *p, bool stuck);
/* Nothing can be written to it any more. */
void peer_hang_up(struct peer *p);

/* Not ending, and so little waits to be written that what makes more may go on. */
bool peer_has_room(const struct peer *p);
/* The connection has to end, as soon as that is said; the first reason counts, and is copied. */
void peer_end(struct peer *p, const char *reason, int64_t retry_after);
/* It has been said. */
void peer_close(struct peer *p);

#endif

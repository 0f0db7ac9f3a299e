/* SPDX-License-Identifier: ISC */
/*
 * conn - one client connection, from its socket to its end: what conn.c,
 * deliver.c and the handlers share. One per process, so nothing here is locked.
 */
#ifndef CONN_H
#define CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/bus.h"
#include "master/config.h"
#include "db/db.h"
#include "db/message.h"
#include "db/session.h"
#include "lib/buf.h"
#include "lib/door.h"

/* Limits of the protocol; `hello` tells them. */
#define OBJECT_MAX 65536
#define OBJECT_MAX_NEW 4096 /* before login */
#define TEXT_MAX 16384
#define WINDOW 256 /* messages in flight to a device that has not acknowledged them */

/* Above this much unsent output nothing is read that would add to it. */
#define OUTPUT_HIGH (256 * 1024)

#define STUCK_MS 60000 /* a client that takes nothing for so long is given up */

enum phase { PHASE_NEW, PHASE_LOGGED_IN };

/* The first object decides (dialect.h). */
enum speech { SPEECH_UNKNOWN, SPEECH_NATIVE, SPEECH_NUMBERED };

enum timer {
	T_LOGIN,   /* time to log in is over */
	T_OBJECT,  /* an object has been arriving for too long */
	T_SILENCE, /* the client said nothing: ask, then give up */
	T_STUCK,   /* the client takes nothing */
	T_ACKS,    /* acknowledgements wait to be written */
	T_FETCH,   /* PostgreSQL did not answer: not again before */
	T_SWEEP,   /* compare with PostgreSQL, whatever the bus said */
	T_PACE,    /* a numbered client may get its next frame */
	T_LINGER,  /* after bye: the client has had time to read it */
	T_COUNT
};

/* One conversation as this device has it. */
struct feed {
	int64_t conv;
	int64_t pushed;  /* last entry the client has been given; -1: not known yet */
	int64_t high;    /* last entry known to be for us */
	int64_t acked;   /* the client has everything up to here */
	int64_t stored;  /* the same, as PostgreSQL knows it */
	int64_t own;     /* entries from here to pushed were answers to own sends; 0: none */
	int unacked;     /* events given and not acknowledged */
	bool arrived;    /* some were acknowledged that their sender has not been told of */
	bool group;
	bool ended;      /* our membership ends with high */
};

struct conn {
	const struct config *cf;

	/* the client */
	int fd;
	struct buf in, out;
	size_t scanned; /* bytes of in that the door has seen */
	struct door door;
	enum speech speech;
	struct dialect *dialect; /* NULL unless SPEECH_NUMBERED */
	int bad_in_a_row;
	bool pinged;
	bool closing; /* bye has been said: write what is left, then go */
	bool hung_up; /* the client ended or broke the connection */

	/* who it is */
	enum phase phase;
	int64_t user, device, session; /* 0: not logged in */
	char *user_name;
	char addr[64];
	struct place place;
	bool row; /* the database has a row of this session, or may have */

	/* the servers */
	int ctl; /* to the master */
	struct db *db;
	struct bus *bus; /* NULL: not logged in */
	unsigned generation; /* of the bus, when last compared with PostgreSQL */
	struct buf early; /* events heard before the session reply was written */
	bool degraded;   /* the client has been told that the bus is away */

	/* delivery (deliver.c) */
	struct feed *feeds; /* by conv */
	size_t n_feeds, cap_feeds;
	int unacked;  /* in flight, all feeds */
	int ack_count; /* acknowledgements not yet stored */
	bool open;    /* the feeds are loaded */
	bool behind;  /* some feed has high > pushed */
	bool resync;  /* the set of feeds may be stale */
	bool synced;  /* the client has had its backlog */

	int64_t due[T_COUNT];
	int64_t tokens; /* rate budget, in thousandths */
	int64_t tokens_at;
};

/*
 * Runs one session: waits on ctl for a client from the master, serves it, returns
 * the exit status of the process. Never returns to the pool.
 */
int conn_main(const struct config *cf, int ctl, int64_t child);

void conn_arm(struct conn *c, enum timer t, int64_t ms_from_now);
void conn_disarm(struct conn *c, enum timer t);

/* Says bye and ends the connection when that is written. retry_ms 0: not said. */
void conn_bye(struct conn *c, const char *reason, int64_t retry_ms);

/* The client has closed its side: whatever it asked for, it will not hear the answer. */
bool conn_gone(const struct conn *c);

/* Gives the client an event: n bytes, a JSON object and its LF. The only way events go out. */
void conn_event(struct conn *c, const char *line, size_t n);
/* The same, for a line just built; empties it. */
void conn_event_buf(struct conn *c, struct buf *line);

/* Login and logout (session.c). token: 64 hex characters. */
struct req;
enum error conn_login(struct conn *c, struct req *rq, const struct opened *s, const char *name, const char *device,
    const char *token);
/*
 * Ends the login, not the connection. logout: its token too, and if the database does not
 * take that (false), nothing has changed. Else the session is over, whatever it returns.
 */
bool conn_logout(struct conn *c, bool logout);

/* Tells those whom the database just named (db_fan_next) that a user came or went. */
void tell_fans(struct db *db, struct bus *bus, int64_t session, bool online);

/* To the user's other sessions and to other users. */
void conn_publish(struct conn *c, enum bus_kind kind, int64_t id, const struct buf *records);
void conn_tell(struct conn *c, int64_t user, const struct buf *line);

#endif

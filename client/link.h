/* SPDX-License-Identifier: ISC */
/*
 * link - one TCP connection to a server, plain or TLS, and its lines. Never blocks
 * (but for the name look-up): the caller polls, link_work() does what can be done.
 * Knows nothing of JSON and does not reconnect; session.h does.
 */
#ifndef LINK_H
#define LINK_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#define LINK_HOST_MAX 256
#define LINK_LINE_MAX ((size_t)24 * 1024 * 1024) /* 200 texts of 16 KiB, each byte as \u00xx */

struct addrinfo;

enum link_state { LINK_DOWN, LINK_CONNECTING, LINK_UP };

/* Whether TLS is spoken, and whose certificates are trusted: a file, NULL: those of the system. */
struct link_tls {
	bool on;
	const char *ca;
};

struct link {
	enum link_state state;
	int fd;
	const char *server;     /* HOST:PORT, [V6]:PORT or HOST; borrowed */
	const struct link_tls *how; /* borrowed */
	struct tls *tls;        /* NULL: plain, or not there yet */
	struct addrinfo *found; /* what the name resolved to */
	struct addrinfo *next;  /* the address to try after this one */
	int64_t connect_by;     /* give this address up then */
	struct buf in, out;
	size_t scanned;         /* bytes of in known to hold no LF */
	size_t line;            /* length of the line given out last, to be dropped */
	bool eof;               /* the server has closed; in may still hold lines */
	char why[200];          /* after a failure: a piece of a sentence */
};

/* The parts of HOST:PORT, [V6]:PORT or HOST. -1: it is none of them. */
int link_split(const char *server, char host[LINK_HOST_MAX], const char **port);

/* Is it this machine? Then nobody listens in between. */
bool link_is_local(const char *server);

void link_init(struct link *l, const char *server, const struct link_tls *how);
/* Starts to connect. -1: that cannot work, l->why says what is wrong. */
int link_open(struct link *l);
/* Drops the connection and everything buffered. */
void link_close(struct link *l);
void link_free(struct link *l);

/* What to poll l->fd for, and until when at the latest (clock_ms, CLOCK_NEVER). */
short link_events(const struct link *l);
int64_t link_due(const struct link *l);
/*
 * Reads, writes, goes on connecting. 0, or -1 when the connection is lost; then
 * l->why is set and lines that arrived before can still be taken.
 */
int link_work(struct link *l, short revents);

/* Queues bytes. */
void link_put(struct link *l, const void *p, size_t n);
/* The next whole line without its end, NUL-terminated, *n bytes; valid until the next call. NULL: none. */
char *link_line(struct link *l, size_t *n);

#endif

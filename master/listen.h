/* SPDX-License-Identifier: ISC */
/*
 * listen - the listening sockets. They refuse while there is no room, because
 * only a refused connection makes nginx try the next node; what is accepted and
 * closed counts as success there.
 */
#ifndef LISTEN_H
#define LISTEN_H

#include <stdbool.h>
#include <stdio.h>

#include "master/config.h"
#include "master/handover.h"

/* Resolves and opens all listeners of cf; remembers the ports that the system chose. Dies if one cannot be opened. */
void listen_start(const struct config *cf);
/* What a successor has to know: lines "listener"; before listen_start(). true: it was one. */
void listen_save(FILE *f);
bool listen_restore(const char *line);
/* Which listener now is that one of before; after listen_start(). */
int listen_index(int before);
/* Opens them again, at the same addresses. false: not possible now. */
bool listen_open(void);
void listen_close(void);
/* For good: another may have the addresses. */
void listen_end(void);
void listen_drop(void); /* in a child */
bool listen_is_open(void);
/* More clients may be there than listen_accept() was asked for. */
bool listen_waits(void);
/* A client, or -1: none waits; -2: the process or the system is out of descriptors. */
int listen_accept(struct handed *from);
/* One more, not for clients, with a log line of this name. Returns its descriptor, non-blocking. Dies if it cannot be opened. */
int listen_other(const char *at, const char *name);
/* Writes one line per listener, HOST:PORT, to fd. */
void listen_tell(int fd);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * listen - the listening sockets. They are closed while there is no room, because
 * only a refused connection makes nginx try the next node; what is accepted and
 * closed counts as success there.
 */
#ifndef LISTEN_H
#define LISTEN_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "master/config.h"

/* Resolves and opens all listeners of cf; remembers the ports that the system chose. Dies if one cannot be opened. */
void listen_start(const struct config *cf);
/* Opens them again, at the same addresses. false: not possible now. */
bool listen_open(void);
void listen_close(void);
bool listen_is_open(void);
/* Adds the descriptors to poll; returns the new number. */
size_t listen_poll(struct pollfd *p, size_t n);
/* A client and the number of its listener, or -1: none waits; -2: the process or the system is out of descriptors. */
int listen_accept(int *listener);
/* Writes one line per listener, HOST:PORT, to fd. */
void listen_tell(int fd);

#endif

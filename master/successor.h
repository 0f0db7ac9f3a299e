/* SPDX-License-Identifier: ISC */
/*
 * successor - SIGUSR2: the program on disk, another version perhaps, takes this process over. It is first run as a child, which
 * checks itself, the settings, the schema and a copy of the state. Then the master settles (no client is just being handed over,
 * the keeper has ended) and replaces itself by execve(): the same pid, children, listening sockets, waiting room and shared
 * memory. Sessions go on with the old code until they end. Whatever goes wrong before leaves everything as it was.
 *
 * The state is text: a line for each thing, "WORD NUMBER…"; a descriptor is its number, which stays the same.
 */
#ifndef SUCCESSOR_H
#define SUCCESSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "master/config.h"

/* The one who is replaced */

/* SIGUSR2. */
void successor_wanted(const struct config *cf);
/* A process that is no session has ended. true: it was the check. */
bool successor_was(int pid, int status);
/* No client is to be given to anybody now, and no child made. */
bool successor_settles(void);
/* In each round of the loop; does not return if all is settled. */
void successor_work(struct config *cf);
int64_t successor_due(void);
/* Whatever was tried is tried no more. */
void successor_cancel(void);

/* The one who replaces */

/* Whether the state can be read. false: why says why not. */
bool successor_fits(int fd, char *why, size_t whylen);
/* Before anything is made: who we were, our memory and our sockets. Dies if it cannot be read. */
void successor_begin(struct config *cf);
/* When listeners, pool and room are there: children and guests. */
void successor_end(const struct config *cf);

#endif

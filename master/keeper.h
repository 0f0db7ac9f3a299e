/* SPDX-License-Identifier: ISC */
/*
 * keeper - the master's one helper process: the node's heartbeat in PostgreSQL, the
 * clearing up after sessions and nodes that died without a word, and what it does for
 * all sessions together (crowd.h). It is a process of its own so that the master never
 * waits for a database.
 */
#ifndef KEEPER_H
#define KEEPER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "master/config.h"

/* Starts it; again after it died, when it is told which children live. */
void keeper_spawn(const struct config *cf);
/* A process that is no session has ended: if it was the keeper, keeper_work() starts it again. status: of waitpid. */
void keeper_was(int pid, int status);
/* Lets it go, if it knows other servers than these; another comes in its place. */
void keeper_renew(const struct config *cf);
/* A child ended without writing down its session. */
void keeper_lost(int64_t child);
/* How many sessions the next heartbeat tells. */
void keeper_sessions(int n);
/* The next heartbeat tells that another master of this name is expected. */
void keeper_hands_over(void);
/* To be called in each round of the master's loop; keeper_due() says when at the latest. */
void keeper_work(void);
int64_t keeper_due(void);
/* Waits for the first heartbeat. false: none came in time. */
bool keeper_ready(int64_t timeout_ms);
/* The node leaves in good order: ends the keeper, waits a moment for it. */
void keeper_end(void);

#endif

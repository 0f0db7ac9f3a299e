/* SPDX-License-Identifier: ISC */
/*
 * keeper_main - the keeper's own process: one turn after the other it asks and tells PostgreSQL what concerns the node as a
 * whole, and listens to the master meanwhile. How the master starts it and speaks with it: keeper.h.
 */
#ifndef KEEPER_MAIN_H
#define KEEPER_MAIN_H

#include <stdint.h>

#include "session/node.h"

#define KEEPER_LIST_MAX 16384 /* children told in one message */

/* master -> keeper: one of these, then numbers of children; for ONLY the first is the highest number given so far. */
enum keeper_word { KEEPER_LOST = 'l', KEEPER_ONLY = 'o', KEEPER_HANDS = 'h', KEEPER_END = 'e' };

struct keeper_message {
	int64_t word;
	int64_t child[KEEPER_LIST_MAX];
};

/*
 * ctl: the keeper's end of their socket. keeper -> master: single bytes, 'r' for the first heartbeat, 'w' when slots say
 * who is to be poked. Returns what to exit with: the master has gone, or said that the node leaves.
 */
int keeper_main(const struct node *node, int ctl);

#endif

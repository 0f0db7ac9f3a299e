/* SPDX-License-Identifier: ISC */
/*
 * slots - so many processes of a node at once do something scarce; the others sleep in a
 * line, served in their order, but in turns: each source (an address, see lib/address.h)
 * has one in a round. In memory that all of them share, made before they are
 * forked. A place comes back when its holder gives it back, dies, or has had it for too
 * long (it was stopped, or runs late), whatever it was doing: nobody has to be alive for
 * the others to go on.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include <stdint.h>

struct slots;

/* At most `count` at once, each for `lease` ms, and `line` that wait or hold, of one source three quarters of that. Dies if there is no memory. For good. */
struct slots *slots_new(int count, int line, int64_t lease);

/* Waits for a place until the deadline. Returns it, or -1: the line is full, or for this source (told at once), or the deadline passed. */
int slots_take(struct slots *s, uint64_t source, int64_t deadline);
/* Gives it back, whether it is still held or not. */
void slots_give(struct slots *s, int place);

/* How many are in the line, holders too; for those who look on. */
int slots_waiting(const struct slots *s);

#endif

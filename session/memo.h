/* SPDX-License-Identifier: ISC */
/*
 * memo - what the processes of a node remember together, for a while, of addresses and accounts: a table of a fixed
 * size, in memory that all share. Where it is full, what matters for the shortest time is forgotten. A row may be lost or
 * get mixed up with another when two processes make one at the same moment: nothing here has to be exact.
 */
#ifndef MEMO_H
#define MEMO_H

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic(int64_t) memo_int;

struct memo {
	memo_int key;   /* 0: free */
	memo_int until; /* µs by clock_ms()'s clock: what is here is of no use any more */
	memo_int n, next, since; /* for its user */
};

/* Leads to it, for a successor of the master; -1: not mapped. */
extern int memo_fd;
/* Before any fork. Dies without memory. If memo_fd is one of a predecessor of the same layout, what that remembered is remembered. */
void memo_map(void);
/* Of what, about whom, and where; an expired or new row is all zero but for its key. Never NULL. */
struct memo *memo_find(char what, uint64_t whom, uint64_t where);

#endif

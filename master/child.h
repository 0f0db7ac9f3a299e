/* SPDX-License-Identifier: ISC */
/* child - what the master knows of each of its children, by pid and by state. */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "lib/backoff.h"
#include "lib/mem.h"
#include "master/handover.h"
#include "master/watch.h"

#define CHILD_BUCKETS 4096

enum child_state {
	SPARE,
	HANDED, /* given a client, has not yet answered */
	BUSY,
	ENDING, /* was a spare, and is needed no more */
	CHILD_STATES
};

struct child {
	int64_t number;
	pid_t pid;
	int ctl; /* -1: let go */
	int theirs; /* its other end, while the child may still have its descriptors from us; else -1 */
	enum child_state state;
	struct watch watch; /* of ctl */
	void *guest;        /* whom its words are about; NULL: nobody */
	int client;         /* HANDED: our copy of its socket, else -1 */
	struct handed from; /* and what goes with it */
	bool second;        /* HANDED: another child failed with this client already */
	int64_t due;        /* HANDED: answer awaited until */
	int64_t born;
	LIST_ENTRY(child) same_bucket;
	TAILQ_ENTRY(child) same_state;
};
TAILQ_HEAD(children, child);

/* On pages of its own, which a child lets go of: see lib/mem.h. */
extern struct all_children {
	_Alignas(MEM_PAGE) struct children in[CHILD_STATES];
	int count[CHILD_STATES];
	int64_t last;           /* number given to a child */
	struct backoff backoff; /* of forking, if that failed or a child died young; */
	int64_t spawn_at;       /* not before this, ms */
	struct mem_own memory;
	LIST_HEAD(, child) by_pid[CHILD_BUCKETS];
} children;

void children_init(void);
void children_drop(void); /* in a child */
/* A SPARE; heard() is called when it says something. Takes ctl and theirs. */
void child_add(pid_t pid, int ctl, int theirs, int64_t number, void (*heard)(struct watch *w, uint32_t events));
/* One that serves a client already, of the program that was this process before. ctl: -1 if it was let go. */
struct child *child_inherit(pid_t pid, int ctl, int64_t number, int64_t born, void (*heard)(struct watch *w, uint32_t events));
/* NULL: none of ours. */
struct child *child_find(pid_t pid);
void child_move(struct child *ch, enum child_state state);
/* It has spoken: its descriptors are its own. */
void child_lives(struct child *ch);
/* Closes our end of its control socket. */
void child_let_go(struct child *ch);
void child_free(struct child *ch);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * guest - every connection of the node and how far it has come, ordered by where it comes
 * from: an address, or a /64. What is decided about them: room.c.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "master/handover.h"
#include "master/watch.h"

enum stage {
	NOWHERE,
	HEADER,   /* its proxy has not yet said whose connection it is */
	SILENT,   /* has said nothing */
	WAITING,  /* has said something, and wants a place */
	PLACED,   /* its child may answer it */
	ANSWERED, /* its child waits for what it says next */
	IN,       /* logged in */
	LEAVING,  /* its child has been told to go */
	STAGES
};

struct guest {
	struct watch watch;  /* of fd */
	int fd;              /* -1: a child has it */
	struct child *child; /* NULL: none has it yet */
	struct handed from;
	struct source *source;
	enum stage stage;
	int64_t since; /* ms; in this stage */
	TAILQ_ENTRY(guest) of_all, of_source; /* those of the same stage, in the order of since */
};
TAILQ_HEAD(guests, guest);

struct source {
	uint64_t key;
	int count[STAGES];
	struct guests in[STAGES];
	LIST_ENTRY(source) same_bucket;
	TAILQ_ENTRY(source) turn; /* in the round of those with somebody WAITING */
	TAILQ_ENTRY(source) of_all;
};
TAILQ_HEAD(sources, source);

/* Of all sources together. */
extern struct guests guests_in[STAGES];
extern int guests_count[STAGES];
extern struct sources guests_round; /* who has somebody WAITING, in the order of their turns */
extern int guests_sources;          /* in that round */

void guests_init(void);
struct guest *guest_new(int fd, const struct handed *from, enum stage stage);
/* Into another stage; from.from counts from now on. NOWHERE: frees it. */
void guest_move(struct guest *g, enum stage stage);
/* Its source has had its turn. */
void source_had_turn(struct source *s);
/* The oldest in that stage of the source that has most not logged in, among those with somebody in it; NULL: nobody is. */
struct guest *guest_of_the_most(enum stage stage);

#endif

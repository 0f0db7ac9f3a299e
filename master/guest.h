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

#include "lib/mem.h"
#include "master/handover.h"
#include "master/watch.h"

enum stage {
	NOWHERE,
	HEADER,   /* its proxy has not yet said whose connection it is */
	SILENT,   /* has said nothing */
	WAITING,  /* has said something, and wants a place; nobody has read it yet */
	WANTING,  /* the same, with a child from a place before */
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
	int here;                 /* all of it that are neither IN nor LEAVING */
	TAILQ_ENTRY(source) turn; /* in the round of those with somebody in line */
	TAILQ_ENTRY(source) same_here;
};
TAILQ_HEAD(sources, source);

#define GUEST_BUCKETS 4096
#define GUEST_MANY 1024 /* of one source: from so many on, more of them make no difference */

/* Of all sources together. On pages of its own, which a child lets go of: see lib/mem.h. */
extern struct all_guests {
	_Alignas(MEM_PAGE) struct guests in[STAGES];
	int count[STAGES];
	struct sources round; /* who has somebody WAITING or WANTING, in the order of their turns */
	int sources;          /* in that round */
	int most;             /* not logged in of one source, as far as that is counted */
	struct {
		int64_t since; /* ms; begin of the time in which somebody was always waiting, or of its recent part */
		int64_t given; /* places, since then */
	} pace;
	struct mem_own memory, source_memory;
	struct sources by_here[GUEST_MANY + 1]; /* the sources, by how many they have here */
	LIST_HEAD(, source) by_key[GUEST_BUCKETS];
} guests;

void guests_init(void);
void guests_drop(void); /* in a child */
struct guest *guest_new(int fd, const struct handed *from, enum stage stage);
/* Into another stage; from.from counts from now on. NOWHERE: frees it. */
void guest_move(struct guest *g, enum stage stage);
/* Its source has had its turn. */
void source_had_turn(struct source *s);
/* Those in line: of all, or of one. */
int guests_line(const int count[STAGES]);
/* Who is next of it. */
struct guest *source_next(const struct source *s);
/*
 * One of the source that has most not logged in, among those with somebody in one of the stages (NOWHERE ends them): of
 * the first such stage the oldest, of WAITING the newest. NULL: nobody is.
 */
struct guest *guest_of_the_most(const enum stage stages[]);

#endif

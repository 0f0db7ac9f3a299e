/* SPDX-License-Identifier: ISC */
/* feed - how far this device is in each of the user's conversations. */
#ifndef FEED_H
#define FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/message.h"

#define FEED_BATCH 64      /* conversations dealt with by one call of the database */

/* One conversation as this device has it. */
struct feed {
	int64_t conv;
	int64_t pushed;  /* last entry the client has been given; -1: not known yet */
	int64_t high;    /* last entry known to be for us */
	int64_t since;   /* last entry the client had when it logged in */
	int64_t taken;   /* the client has been given everything up to here, and takes more */
	int64_t acked;   /* the client has everything up to here */
	int64_t stored;  /* the same, as PostgreSQL knows it */
	int64_t handed;  /* the same, as the keeper was told */
	int64_t own;     /* entries from here to pushed were answers to own sends; 0: none */
	int unacked;     /* events given and not acknowledged */
	bool arrived;    /* some were acknowledged that their sender has not been told of, */
	bool told;       /* and the keeper is to tell */
	bool group;
	bool ended;      /* our membership ends with high */
};

struct feeds {
	struct feed *all; /* by conv */
	size_t n, cap;
	int unacked;      /* in flight, all feeds */
};

struct feeds *feeds_new(void);
void feeds_free(struct feeds **fs);

/* NULL: the conversation is not known here. */
struct feed *feed_find(struct feeds *fs, int64_t conv);
/* base: the last entry the client has, -1: not known. Other feeds may move: pointers to them are stale afterwards. */
struct feed *feed_add(struct feeds *fs, int64_t conv, bool group, int64_t base);
void feed_drop(struct feeds *fs, struct feed *f);

bool feed_is_behind(const struct feed *f);

/* Entries up to seq exist for us. */
void feed_promise(struct feed *f, int64_t seq);
/* Our membership ends with entry seq. */
void feed_ends(struct feed *f, int64_t seq);
/* What PostgreSQL says of it. */
void feed_merge(struct feeds *fs, struct feed *f, const struct reach *r);
/* Nothing was found between what the client has and entry next: whatever promised it was wrong. 0: nothing at all. */
void feed_settle(struct feed *f, int64_t next);
/* The entry seq of f has been given to the client. */
void feed_pushed(struct feeds *fs, struct feed *f, int64_t seq);
/* The entries from first to last, which follow the pushed one, are known to the client from replies. */
void feed_own(struct feed *f, int64_t first, int64_t last);
/* The client takes more than what comes up to seq, and has not said that it has it. */
void feed_take(struct feeds *fs, struct feed *f, int64_t seq);
/* What the client has been given since it logged in is to be given again. */
void feed_again(struct feeds *fs, struct feed *f);
/* The client says that it has everything up to seq. Numbers it was never given count as the last it was. */
void feed_ack(struct feeds *fs, struct feed *f, int64_t seq);
/* Whether others' texts were acknowledged that their sender does not know of; who asks tells. */
bool feed_take_arrived(struct feed *f);
/* What is acknowledged now has been handed to the keeper. */
void feed_handed(struct feed *f);
/* The keeper has stored all that was handed over. */
void feed_handed_stored(struct feeds *fs);

/* Writes what is not stored yet into conv and seq, at most max; returns how many. */
size_t feed_unstored(const struct feeds *fs, int64_t conv[], int64_t seq[], size_t max);
/* Stored up to seq. */
void feed_stored(struct feeds *fs, int64_t conv, int64_t seq);

#endif

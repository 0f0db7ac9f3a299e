/* SPDX-License-Identifier: ISC */
/*
 * ask - the requests that have no answer yet, in their order. The first one is sent again, unchanged, until it has its answer;
 * that is what keeps both "stored once" (same cid) and the order of what a person typed.
 */
#ifndef ASK_H
#define ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/backoff.h"
#include "lib/buf.h"

struct json_object;

/* {"op":op, to be filled with lib/jw.h and handed to asks_add() or session_tell(). */
struct buf request(const char *op);
#define CID_SIZE 33
/* Adds a cid: a fresh name for one thing to be stored once, however often it is sent. */
void request_cid(struct buf *body);

/* Called with the reply; line is its text. What the request cannot learn is told as error "lost". */
typedef void answer_fn(void *arg, struct json_object *reply, const char *line);

struct asks {
	struct ask *first, **last;
	bool sent;          /* the first is on its way */
	int64_t not_before; /* the server wants to be left alone */
	int64_t next_rid;
	struct backoff repeat;
};

void asks_init(struct asks *q);
void asks_free(struct asks *q);
enum ask_how { ASK_REPEATABLE, ASK_ONCE, ASK_ALL, ASK_SOME };
/*
 * Takes body. ASK_ONCE: doing it twice would harm; after a lost link it is answered with "lost".
 * ASK_ALL: a list that may be longer than one answer; done() gets the lists of all of them in one.
 * ASK_SOME: the same, until there are as many messages as one asks for.
 */
void asks_add(struct asks *q, struct buf *body, enum ask_how how, answer_fn *done, void *arg);
/* The line of the first one, if it is to be sent now; it counts as sent. Else NULL. */
const struct buf *asks_next(struct asks *q);
/* A reply goes to whom it is for. true: the server cannot answer just now, and is to be asked again. */
bool asks_answer(struct asks *q, struct json_object *reply, const char *line);
/* The connection is gone: what was sent goes out again, or is told to be lost. */
void asks_lost(struct asks *q);

#endif

/* SPDX-License-Identifier: ISC */
/* place - the conversations the interactive client has met: whom they are with, what is new there, how far the others are. */
#ifndef PLACE_H
#define PLACE_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

struct place {
	struct place *next;
	char *label;       /* `bob` or `#team`, as a request names it (not yet safe to print) */
	int64_t conv;      /* 0: not known yet */
	int64_t seen;      /* the last entry shown here */
	int64_t read;      /* the last one told to the server as read */
	int64_t own;       /* my last entry */
	int64_t delivered; /* how far the other side has it, and has read it */
	int64_t read_there;
	int unread;
};

struct places {
	struct place *first;
};

/* Finds or makes one. Names compare without regard to ASCII case. */
struct place *place_named(struct places *all, const char *label);
/* NULL: not met. */
struct place *place_of(const struct places *all, int64_t conv);
/* The conversation of a message event, seen by the user `me`. */
struct place *place_of_message(struct places *all, struct json_object *message, int64_t me);
/* New entries in all places. */
int places_unread(const struct places *all);
void places_free(struct places *all);

#endif

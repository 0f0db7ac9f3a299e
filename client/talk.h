/* SPDX-License-Identifier: ISC */
/*
 * talk - what the interactive client knows: the session, the conversations it has met, the names for Tab, and
 * the lines that wait to be printed.
 */
#ifndef TALK_H
#define TALK_H

#include "client/client.h"
#include "client/follow.h"

/* A conversation: whom it is with, what is new there, how far the others are. */
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

struct talk {
	struct client c;
	struct follow follow;
	int64_t me; /* my id */
	char *name;                /* mine, safe to print; NULL: never connected yet */
	struct json_object *hello; /* the first session reply, until the greeting */

	struct place *places;
	struct place *here; /* where plain text goes; NULL: nowhere yet */
	struct json_object *names; /* {"bob": ..., "#team": ...}: what Tab knows */

	struct say *said; /* typed, not yet stored; oldest first */
	struct deed *deeds; /* commands without an answer yet */
	struct buf out;   /* finished lines for the screen */

	bool synced, offline;
	bool ended;   /* no more input will come */
	bool warned;  /* of leaving with unsent lines */
	bool leaving;
	int code;
};

void talk_free(struct talk *t);

/* Ends a line of t->out. */
void talk_line(struct talk *t);
/* A line of the client's own: dim, or a warning. What fmt takes in is made safe here. */
void talk_note(struct talk *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void talk_warn(struct talk *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void talk_refused(struct talk *t, struct json_object *reply);
/* Remembers a name for Tab. */
void talk_learn(struct talk *t, const char *name, bool is_group);

/* Finds or makes the place `bob` or `#team`. Names compare without regard to ASCII case. */
struct place *place_named(struct talk *t, const char *label);
/* NULL: not met. */
struct place *place_of(const struct talk *t, int64_t conv);
/* The conversation of a message event. */
struct place *place_of_message(struct talk *t, struct json_object *message);
/* New entries in all places. */
int places_unread(const struct talk *t);

#endif

/* SPDX-License-Identifier: ISC */
/* talk - the interactive client: one session, one screen, and what lies between them. */
#ifndef TALK_H
#define TALK_H

#include "client/client.h"
#include "client/follow.h"
#include "client/place.h"
#include "client/show.h"

struct talk {
	struct client c;
	struct follow follow;
	int64_t me; /* my id */
	char *name;                /* mine, safe to print; NULL: never connected yet */
	struct json_object *hello; /* the first session reply, until the greeting */

	struct places places;
	struct place *here; /* where plain text goes; NULL: nowhere yet */
	struct json_object *names; /* {"bob": …, "#team": …}: what Tab knows */

	struct say *said;   /* typed, not yet stored; oldest first */
	struct deed *deeds; /* commands without an answer yet */
	struct buf out;     /* finished lines for the screen */

	bool synced, offline;
	bool ended;   /* no more input will come */
	bool warned;  /* of leaving with unsent lines */
	bool leaving;
	int code;
};

/* talk.c */
/* Ends a line of t->out. */
void talk_line(struct talk *t);
/* A line of the client's own: dim, or a warning. What fmt takes in is made safe here. */
void talk_note(struct talk *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void talk_warn(struct talk *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Remembers a name for Tab. */
void talk_learn(struct talk *t, const char *name, bool is_group);
void talk_refused(struct talk *t, struct json_object *reply);
void talk_go(struct talk *t, struct place *p);
void talk_leave(struct talk *t);

/* hear.c: from the server */
void hear_event(void *arg, const char *ev, struct json_object *event, const char *line);
void hear_up(void *arg, struct json_object *reply);
void hear_down(void *arg, const char *why, int64_t again_ms);
/* Appends one message as it is shown in a conversation. */
void hear_message(struct talk *t, struct json_object *message);

/* say.c: to the server */
void say_text(struct talk *t, struct place *p, const char *text);
/* Shows lines that wait for longer than a moment. */
void say_tell_waiting(struct talk *t);
int64_t say_due(const struct talk *t);
int say_waiting(const struct talk *t);
void say_free(struct talk *t);
/* Tells the server what was read in the present conversation. */
void say_read(struct talk *t);

/* slash.c: commands */
void slash(struct talk *t, const char *line);
const char *slash_name(int i); /* "/msg"…; NULL: no more */

/* deed.c: commands that wait for their answer */
void deed_free(struct talk *t);

/* welcome.c: leads to a login. 1 when there is one, 0 when the person leaves, -1: complained. */
int welcome(struct options *o, struct store *st);

#endif

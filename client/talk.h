/* SPDX-License-Identifier: ISC */
/*
 * talk - what the interactive client knows: the session, the conversations it has met, the names for Tab, what
 * has been asked, and the lines that wait to be printed.
 */
#ifndef TALK_H
#define TALK_H

#include "client/client.h"
#include "client/screen.h"

/* A conversation: whom it is with, what is new there, how far the others are. */
struct place {
	struct place *next;
	char *label;      /* `bob` or `#team`, as a request names it (not yet safe to print) */
	int64_t conv;     /* 0: not known yet */
	int64_t seen;     /* the last entry shown */
	int64_t read;     /* the last one read, as the server knows */
	int64_t counted;  /* the last one in unread */
	int unread;
	int64_t own, delivered, read_there; /* my last entry; how far the other side has it, and has read it */
	struct json_object *said; /* {"SEQ": when}, of what is on the screen; NULL: nothing */
	struct buf mine;          /* the numbers of my lines, int64_t, in the order they were shown */
	bool entered;             /* in this run */
	bool calls, told_away;    /* somebody has written while I am away, and knows it */
};

/* Something that was asked. done() is called once, unless we leave before. */
struct deed {
	struct deed *next;
	struct talk *t;
	void (*done)(struct deed *d, struct json_object *reply);
	/* for done() */
	const struct verb *verb;
	struct place *place, *from;
	int64_t n;
	bool told;
	char about[]; /* `bob`, `#team`, a text */
};

struct talk {
	struct client c;
	struct follow follow;
	int64_t me; /* my id */
	char *name;                /* mine, safe to print; NULL: never connected yet */
	struct json_object *hello; /* the first session reply, until the greeting */

	struct place *places;
	struct place *here; /* where plain text goes; NULL: nowhere yet */
	struct place *typed_at; /* whose typed lines Up brings back */
	struct json_object *names; /* {"bob": ..., "#team": ...}: what Tab knows */

	struct deed *deeds; /* the oldest first */
	struct buf out;     /* finished lines for the screen */
	int day;            /* of the last line, as show_day() says */
	char *typist;       /* whom the last typing event was of, safe to print */
	int64_t typist_until, typing_at; /* it is shown; I may tell again that I type */
	char *away;         /* what to tell who writes; NULL: I am here */

	bool synced, offline;
	bool stalled; /* the server answers nothing, and the person knows */
	bool ended;   /* no more input will come */
	bool warned;  /* of leaving with unsent lines */
	bool leaving;
	int code;
};

void talk_free(struct talk *t);

/* Takes body and asks. The deed may be filled in until the next turn of the loop. */
struct deed *talk_ask(struct talk *t, struct buf *body, enum ask_how how, const char *about,
    void (*done)(struct deed *d, struct json_object *reply));

/* Adds a user's name to a line of t->out, as that name always looks. */
void talk_name(struct talk *t, struct json_object *obj, const char *key);
/* Ends the line. */
void talk_line(struct talk *t);
/* A line of the client's own: dim, or a warning. What fmt takes in is made safe here. */
#define talk_note(t, ...) talk_say(t, STYLE_DIM, __VA_ARGS__)
#define talk_warn(t, ...) talk_say(t, STYLE_WARN, __VA_ARGS__)
void talk_say(struct talk *t, enum style style, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void talk_refused(struct talk *t, struct json_object *reply);
/* Remembers a name for Tab. */
void talk_learn(struct talk *t, const char *name, bool is_group);

/* Finds or makes the place `bob` or `#team`. Names compare without regard to ASCII case. */
struct place *place_named(struct talk *t, const char *label);
/* NULL: not met. */
struct place *place_of(const struct talk *t, int64_t conv);
/* The conversation of a message event, or of a row of convs. */
struct place *place_of_message(struct talk *t, struct json_object *message);
/* The short number of my entry seq there, from 1; and back. 0: there is none. */
int place_number(struct place *p, int64_t seq);
int64_t place_entry(const struct place *p, int64_t number);

#endif

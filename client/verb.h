/* SPDX-License-Identifier: ISC */
/* verb - all that is one question to the server and its answer, for scripts (`chat add bob`) and people (`/add bob`) alike. */
#ifndef VERB_H
#define VERB_H

#include "client/session.h"
#include "client/show.h"

enum verb_section { VERB_TALK, VERB_PEOPLE, VERB_GROUPS, VERB_ACCOUNT, VERB_SCREEN };

struct verb {
	enum verb_section section;
	const char *name;
	const char *form; /* of the words behind it */
	const char *help;
	const char *op;
	const char *args; /* the kind of each word: see verb.c */
	const char *said; /* for a person, when it is done; %s is what it was about */
	const char *rows; /* or: the array of the reply to show, by show */
	show_fn *show;
	bool newest_first; /* as it comes; it is shown the other way round */
	bool once;        /* doing it twice would harm */
	bool goes;        /* then the person is in that group */
};

/* Where the words come from: take() gives the next one, of that kind; NULL: there is none. Borrowed. */
struct words {
	char *(*take)(struct words *words, char kind);
	char *(*ask)(struct words *words, const char *prompt, bool is_new); /* for a password; NULL: it is not given */
	bool invite_only; /* --invite-only was said */
	char *secret;     /* what was asked for last; password_forget() when all is done */
};

/* The i-th of them, or the one of that name (n bytes); NULL: there is none. */
const struct verb *verb_at(size_t i);
const struct verb *verb_named(const char *name, size_t n);
/*
 * Makes the request; about gets what it is about (`bob`, `#team`). 1; 0: words are missing or wrong, and the person
 * needs the form; -1: a password was not given. Then neither is made.
 */
int verb_request(const struct verb *v, struct words *words, struct buf *b, struct buf *about);
/* The form for a script, which is nowhere and so has to name the group. */
void verb_form(struct buf *b, const struct verb *v);
/* The i-th row of the answer as they are to be shown; NULL: no more. */
/* How it is to be asked. */
enum ask_how verb_how(const struct verb *v);
struct json_object *verb_row(const struct verb *v, struct json_object *reply, size_t i);
/* How to name a conversation: `bob`, or `#team` for a group. */
void verb_target(struct buf *b, const char *label);

#endif

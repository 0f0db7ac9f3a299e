/* SPDX-License-Identifier: ISC */
/* deed - a command that waits for its answer, and what is to happen then. */
#ifndef DEED_H
#define DEED_H

#include "client/talk.h"

struct deed {
	struct deed *next;
	struct talk *t;
	const char *rows; /* an array of the reply to show, by show or, if that is NULL, as messages */
	show_fn *show;
	char *said;       /* to say when it is done; freed with the deed */
	char *go;         /* a place to go to then; freed with the deed */
};

/* Asks, takes body; a refusal is told. The deed may be filled in until the next turn of the loop. */
struct deed *deed_ask(struct talk *t, struct buf *body, enum ask_how how);
void deed_rows(struct talk *t, struct buf *body, const char *rows, show_fn *show);
/* Says name and said when it is done. */
void deed_said(struct talk *t, struct buf *body, const char *name, const char *said);

#endif

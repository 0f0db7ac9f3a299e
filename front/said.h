/* SPDX-License-Identifier: ISC */
/* said - the entry of an EVENT_MESSAGE, also where only its line is at hand: for fronts that do not pass lines on. */
#ifndef SAID_H
#define SAID_H

#include <stdbool.h>

#include "session/event.h"

struct said {
	struct entry entry; /* its strings live until said_close() */
	struct json_object *json;
};

/* false: the line, which somebody else wrote, does not say it; nothing is to be closed then. */
bool said_open(struct said *s, const struct event *e);
void said_close(struct said *s);
/* The text of an EVENT_ANNOUNCE; caller frees. NULL: its line does not say it. */
char *said_announced(const struct event *e);

#endif

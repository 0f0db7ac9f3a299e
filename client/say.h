/* SPDX-License-Identifier: ISC */
/* say - what the person typed, on its way to being stored. A line is shown with its tick when it is, and not before. */
#ifndef SAY_H
#define SAY_H

#include "client/talk.h"

void say_text(struct talk *t, struct place *p, const char *text);
/* Shows lines that wait for longer than a moment. */
void say_tell_waiting(struct talk *t);
int64_t say_due(const struct talk *t);
int say_waiting(const struct talk *t);
void say_free(struct talk *t);

/* Plain text goes there from now on. */
void say_go(struct talk *t, struct place *p);
/* Tells the server what was read in the present conversation. */
void say_read(struct talk *t);

#endif

/* SPDX-License-Identifier: ISC */
/* say - what the person says, on its way to being stored, and where. A line is shown with its tick when it is. */
#ifndef SAY_H
#define SAY_H

#include "client/talk.h"

void say_text(struct talk *t, struct place *p, const char *text);
/* Another text, or none at all if that is NULL, for my entry seq there. */
void say_change(struct talk *t, struct place *p, int64_t seq, const char *text);
/* Answers the last message there, once, while I am away. */
void say_away(struct talk *t);
/* Others see that something is being typed. */
void say_typing(struct talk *t);
/* Shows lines that wait for longer than a moment. */
void say_tell_waiting(struct talk *t);
int64_t say_due(const struct talk *t);
int say_waiting(const struct talk *t);

/* Plain text goes there from now on; what is new there is shown. */
void say_go(struct talk *t, struct place *p);
/* Tells the server what was read in the present conversation. */
void say_read(struct talk *t);

#endif

/* SPDX-License-Identifier: ISC */
/* hear - what the server tells, as lines on the screen. */
#ifndef HEAR_H
#define HEAR_H

#include "client/talk.h"

/* For struct session. */
void hear_event(void *arg, const char *ev, struct json_object *event, const char *line);
void hear_up(void *arg, struct json_object *reply);
void hear_down(void *arg, const char *why, int64_t again_ms);
void hear_stalled(void *arg, const char *why);
/* Appends one message as it is shown in a conversation. */
void hear_message(struct talk *t, struct json_object *message);
/* The same of what I have said here, with a sign; seq 0: it is not stored. */
void hear_own(struct talk *t, struct place *p, const char *sign, int64_t seq, struct json_object *message);

#endif

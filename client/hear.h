/* SPDX-License-Identifier: ISC */
/* hear - what the server tells beside answers, as lines on the screen. */
#ifndef HEAR_H
#define HEAR_H

#include "client/talk.h"

/* For struct session. */
void hear_event(void *arg, const char *ev, struct json_object *event, const char *line);
void hear_up(void *arg, struct json_object *reply);
void hear_down(void *arg, const char *why, int64_t again_ms);
void hear_stalled(void *arg, const char *why);

#endif

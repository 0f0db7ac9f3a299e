/* SPDX-License-Identifier: ISC */
/*
 * run - a message given to a command of the user's. Its parts are in the environment: CHAT_FROM, CHAT_GROUP,
 * CHAT_KIND, CHAT_TEXT, CHAT_CONV, CHAT_SEQ.
 */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>

#include "lib/buf.h"

struct json_object;

/* Beside us, without input or output; command may be NULL. */
void run_beside(const char *command, struct json_object *message);
/*
 * Waits for it; line, the message as JSON, is its input. Its output goes to output, or if that is NULL to ours.
 * False: it failed.
 */
bool run_for(const char *command, struct json_object *message, const char *line, struct buf *output);

#endif

/* SPDX-License-Identifier: ISC */
/* notify - a message as the environment of a command of the user's. */
#ifndef NOTIFY_H
#define NOTIFY_H

struct json_object;

/* CHAT_FROM, CHAT_GROUP, CHAT_KIND, CHAT_TEXT, CHAT_CONV, CHAT_SEQ. */
void notify_export(struct json_object *message);
/* Runs command (may be NULL) beside us, without input or output. */
void notify(const char *command, struct json_object *message);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * show - what came from the server, made fit for a terminal. Everything is appended
 * to a buf, without a line end; nothing of the server's gets there but through
 * lib/utf8.h.
 */
#ifndef SHOW_H
#define SHOW_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

struct json_object;

/* Appends a row; nothing if the row is not of interest. */
typedef void show_fn(struct buf *out, struct json_object *row);

/* JSON text as it is, but what a terminal might obey is written \uXXXX: still the same value. */
void show_json(struct buf *out, const char *json, size_t n);
void show_json_value(struct buf *out, struct json_object *value);
/* The same, to stdout, with LF. */
void show_json_line(const char *json);

/* A string member, safe. */
void show_member(struct buf *out, struct json_object *obj, const char *key);
/* A user or group member: {"id","name"}, or the bare name. */
void show_name(struct buf *out, struct json_object *obj, const char *key);
/* `bob`, or `#team`: the conversation of a message as its reader sees it. */
void show_where(struct buf *out, struct json_object *message);
/* RFC 3339 as local time: `15:04` today, else `2026-05-01 15:04`; dated: always, with seconds. */
void show_time(struct buf *out, const char *at);
void show_time_dated(struct buf *out, const char *at);

/* A text with its line breaks; what follows one is marked, so that it passes for no other line. */
void show_text(struct buf *out, const char *s, size_t n);
/* What a message says, in one line, without time and sender: its text, or `joined`, `left` ... */
void show_deed(struct buf *out, struct json_object *message);

/* `2026-05-01 15:04:05 #team bob: hi`; always one line. */
void show_dated(struct buf *out, struct json_object *message);
/* `carol  admin  online`. */
void show_member_row(struct buf *out, struct json_object *member);
/* `bob  online`, `#team  creator  what it is for`, `3  bob`. */
void show_friend(struct buf *out, struct json_object *user);
void show_online(struct buf *out, struct json_object *user); /* only the name, only if online */
void show_group(struct buf *out, struct json_object *group);
void show_unread(struct buf *out, struct json_object *conv);

/* Writes it to stdout at once. -1: stdout is gone. */
int show_out(struct buf *out);

#endif

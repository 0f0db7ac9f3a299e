/* SPDX-License-Identifier: ISC */
/*
 * show - what came from the server, made fit for a terminal. Everything is appended
 * to a buf, without a line end; nothing of the server's gets there but through
 * lib/utf8.h.
 */
#ifndef SHOW_H
#define SHOW_H

#include <stdbool.h>
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
/* RFC 3339 as local time: `15:04`. */
void show_time(struct buf *out, const char *at);
/* `Friday, 1 May 2026`; returns something that is another on every day. NULL: of today. */
int show_day(struct buf *out, const char *at);

/* A text with its line breaks; what follows one is marked, so that it passes for no other line. */
void show_text(struct buf *out, const char *s, size_t n);
/* Is it of the kind `/me waves`? */
bool show_is_act(struct json_object *message);
/* What stands behind the sender: `: hi`, ` waves`, ` joined`...; lines: a text may have several. */
void show_body(struct buf *out, struct json_object *message, bool lines);

/* `2026-05-01 15:04:05 #team bob: hi`; always one line. */
void show_line(struct buf *out, struct json_object *message);
/* The same of what counts as an entry of a history: an edit shows in what was edited. */
void show_entry(struct buf *out, struct json_object *message);
/* The same with `bob to alice: hi`. */
void show_hit(struct buf *out, struct json_object *message);
/* `laptop-1f2a  online`, `bob`, `#team  3 in it  what it is for`. */
void show_device(struct buf *out, struct json_object *device);
void show_user(struct buf *out, struct json_object *user);
void show_found(struct buf *out, struct json_object *group);
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

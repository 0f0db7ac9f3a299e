/* SPDX-License-Identifier: ISC */
/* event - something a client is told unasked: what it says, and the line by which the native protocol says it. */
#ifndef EVENT_H
#define EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "db/message.h"
#include "lib/buf.h"
#include "lib/event_name.h"

/*
 * Fields that are 0 or NULL do not apply. What came over the bus has a finished line,
 * which goes to a native client as it is, and besides its kind nothing else is filled in.
 */
struct event {
	enum event_kind kind;
	const struct entry *entry; /* EVENT_MESSAGE */
	int64_t conv, seq;
	int64_t group;
	const char *group_name;
	int64_t user;
	const char *user_name;
	const char *word;    /* the state, or the reason of a bye */
	int64_t retry_after; /* ms */
	const char *line;    /* len bytes with the LF, and no NUL behind them */
	size_t len;
};

/* The line of an event that has none, with its LF. */
void event_line(struct buf *b, const struct event *e);
/* The members of a message object, without the braces. */
void event_message(struct buf *b, const struct entry *e);
/* The kind of a line that was made by event_line(), here or elsewhere. */
enum event_kind event_line_kind(const char *line, size_t n);

#endif

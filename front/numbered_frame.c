/* SPDX-License-Identifier: ISC */
/*
 * numbered_frame - native events as numbered pushes. Only texts have a number there.
 * The clients abort on a push without id, name, msg or time; both spellings of the
 * sender are always given. A text too long for a frame becomes several pushes.
 */
#include "front/numbered_frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "front/numbered_queue.h"
#include "front/said.h"
#include "lib/jw.h"
#include "lib/utf8.h"

struct push {
	bool group;
	int64_t from, to; /* to: the group, or the receiving user */
	const char *name, *time;
};

size_t
frame_escaped(const char *s, size_t n)
{
	static struct buf b;

	buf_cut(&b, 0);
	jw_strn(&b, NULL, s, n);
	return buf_len(&b) - 2;
}

/* The longest prefix of s, in bytes, that takes at most room bytes in a JSON string and cuts no character. */
static size_t
fit(const char *s, size_t n, size_t room)
{
	size_t at = 0;

	while (at < n) {
		uint32_t cp;
		size_t len = utf8_decode(s + at, n - at, &cp), cost = frame_escaped(s + at, len);

		assert(len > 0); /* the database holds nothing else */
		if (cost > room)
			break;
		room -= cost;
		at += len;
	}
	return at;
}

void
frame_number(struct buf *b, const struct dialect *d, enum row r)
{
	/* Pushes have the numbers of the requests that cause them. */
	int from = r == R_CHAT ? (int)W_CHAT : r == R_GROUP_CHAT ? (int)W_GROUP_CHAT : (int)r;

	jw_int(b, d->key, d->row[from].number);
}

void
frame_int(struct buf *b, const char *spellings, int64_t n)
{
	char name[SPELLING_MAX];

	while (dialect_spelling(&spellings, name))
		jw_int(b, name, n);
}

void
frame_str(struct buf *b, const char *spellings, const char *s)
{
	char name[SPELLING_MAX];

	while (dialect_spelling(&spellings, name))
		jw_str(b, name, s);
}

/* Everything but the text and the closing brace. */
static void
head(struct buf *b, const struct dialect *d, const struct push *p)
{
	enum row r = p->group ? R_GROUP_CHAT : R_CHAT;
	const char *const *field = d->row[r].field;

	jw_open(b, NULL, '{');
	frame_number(b, d, r);
	frame_int(b, field[0], p->from);
	frame_str(b, field[1], p->name);
	frame_int(b, field[2], p->to);
	frame_str(b, field[3], p->time);
}

/* Queues a text as one frame or more; seq 0: it is no entry. */
static void
queue_text(struct numbered *v, const struct push *p, int64_t conv, int64_t seq, const char *text, size_t n)
{
	const char *spellings = v->dialect->row[p->group ? R_GROUP_CHAT : R_CHAT].field[4];
	char field[SPELLING_MAX]; /* one only: texts are not said twice */
	struct buf b = {0};
	size_t room, part;

	dialect_spelling(&spellings, field);
	do {
		head(&b, v->dialect, p);
		room = FRAME_TEXT - buf_len(&b) - strlen(field) - strlen(",\"\":\"\"}") - 1;
		part = fit(text, n, room);
		jw_strn(&b, field, text, part);
		jw_close(&b, '}');
		assert(part > 0 && buf_len(&b) < FRAME_TEXT);
		text += part;
		n -= part;
		if (seq != 0)
			queue_push(v, &b, conv, seq, n == 0);
		else
			queue_reply(v, &b);
	} while (n > 0);
	buf_free(&b);
}

/* "YYYY-MM-DD HH:MM:SS" in local time. */
static void
local_time(time_t t, char out[32])
{
	struct tm tm;

	tzset();
	localtime_r(&t, &tm);
	strftime(out, 32, "%Y-%m-%d %H:%M:%S", &tm);
}

static time_t
time_of(const char *rfc3339)
{
	struct tm tm = {0};

	strptime(rfc3339, "%Y-%m-%dT%H:%M:%S", &tm);
	return timegm(&tm);
}

void
frame_tell(struct numbered *v, const char *text)
{
	char now[32];
	struct push p = {.to = v->session->user, .name = "chatd", .time = now};

	local_time(time(NULL), now);
	queue_text(v, &p, 0, 0, text, strlen(text));
}

static void
frame_entry(struct numbered *v, const struct entry *e)
{
	char at[32];
	struct push p = {.group = e->is_group, .from = e->from_id, .to = e->to_id, .name = e->from_name, .time = at};

	/* Own texts from another device look like somebody else's there; deleted ones have nothing to show. */
	if (strcmp(e->kind, "text") != 0 || e->from_id == v->session->user || e->text[0] == '\0') {
		queue_skip(v, e->conv, e->seq);
		return;
	}
	local_time(time_of(e->at), at);
	queue_text(v, &p, e->conv, e->seq, e->text, strlen(e->text));
}

void
frame_event(struct numbered *v, const struct event *e)
{
	struct said said;
	char *text = NULL;

	if (e->kind == EVENT_ANNOUNCE && (text = said_announced(e)) != NULL)
		frame_tell(v, text);
	free(text);
	if (e->kind == EVENT_BYE)
		queue_forget(v); /* it will come again; nobody waits for the rest now */
	if (e->kind != EVENT_MESSAGE || !said_open(&said, e))
		return;
	frame_entry(v, &said.entry);
	said_close(&said);
}

/* SPDX-License-Identifier: ISC */
/*
 * dialect_frame - native events as numbered pushes. Only texts have a number there.
 * The clients abort on a push without id, name, msg or time; both spellings of the
 * sender are always given. A text too long for a frame becomes several pushes.
 */
#include <assert.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "front/numbered_parts.h"
#include "handlers/request.h"
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

/* Everything but the text and the closing brace. */
static void
head(struct buf *b, char letter, const struct push *p)
{
	jw_open(b, NULL, '{');
	jw_int(b, form_key(letter), form_push(letter, p->group));
	jw_int(b, "id", p->from);
	jw_int(b, p->group ? "userid" : "fromid", p->from);
	jw_str(b, "name", p->name);
	jw_int(b, p->group ? "groupid" : "toid", p->to);
	jw_str(b, "time", p->time);
}

/* Queues a text as one frame or more; seq 0: it is no entry. */
static void
queue_text(struct conn *c, const struct push *p, int64_t conv, int64_t seq, const char *text, size_t n)
{
	struct buf b = {0};
	size_t room, part;

	do {
		head(&b, c->dialect->letter, p);
		room = FRAME_TEXT - buf_len(&b) - strlen(",\"msg\":\"\"}") - 1;
		part = fit(text, n, room);
		jw_strn(&b, "msg", text, part);
		jw_close(&b, '}');
		assert(part > 0 && buf_len(&b) < FRAME_TEXT);
		text += part;
		n -= part;
		if (seq != 0)
			queue_push(c, &b, conv, seq, n == 0);
		else
			queue_reply(c, &b);
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
frame_tell(struct conn *c, const char *text)
{
	char now[32];
	struct push p = {.to = c->user, .name = "chatd", .time = now};

	local_time(time(NULL), now);
	queue_text(c, &p, 0, 0, text, strlen(text));
}

static struct json_object *
member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	json_object_object_get_ex(o, key, &v);
	return v;
}

static bool
is(struct json_object *o, const char *key, const char *value)
{
	const char *s = json_object_get_string(member(o, key));

	return s != NULL && strcmp(s, value) == 0;
}

static void
message(struct conn *c, struct json_object *e)
{
	int64_t conv = json_object_get_int64(member(e, "conv")), seq = json_object_get_int64(member(e, "seq"));
	struct json_object *from = member(e, "from"), *group = member(e, "group"), *text = member(e, "text");
	char at[32];
	struct push p = {
	    .group = group != NULL,
	    .from = json_object_get_int64(member(from, "id")),
	    .to = json_object_get_int64(member(group != NULL ? group : member(e, "to"), "id")),
	    .name = json_object_get_string(member(from, "name")),
	    .time = at,
	};

	/* Own texts from another device look like somebody else's there; deleted ones have nothing to show. */
	if (!is(e, "kind", "text") || p.from == c->user || json_object_get_string_len(text) == 0) {
		queue_skip(c, conv, seq);
		return;
	}
	local_time(time_of(json_object_get_string(member(e, "at"))), at);
	queue_text(c, &p, conv, seq, json_object_get_string(text), (size_t)json_object_get_string_len(text));
}

void
dialect_event(struct conn *c, const char *line, size_t n)
{
	struct req *event = request_parse(line, n);

	if (is(event->json, "ev", "message"))
		message(c, event->json);
	else if (is(event->json, "ev", "bye"))
		queue_forget(c); /* it will come again; nobody waits for the rest now */
	request_free(event);
}

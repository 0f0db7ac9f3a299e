/* SPDX-License-Identifier: ISC */
#include "session/record.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/door.h"
#include "lib/jw.h"
#include "session/event.h"

#define HEADER_MAX 512

void
record_entry(struct buf *b, const struct entry *e, int64_t session, int64_t gone)
{
	struct buf line = {0}, cid = {0};
	struct entry public = *e;

	public.cid = NULL;
	event_line(&line, &(struct event){.kind = EVENT_MESSAGE, .entry = &public});
	if (e->cid != NULL)
		jw_str(&cid, NULL, e->cid);
	buf_addf(b, "m %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %zu", e->conv, e->seq, e->from_id,
	    session, gone, buf_len(&line));
	if (e->cid != NULL) {
		buf_addc(b, ' ');
		buf_add(b, buf_data(&cid), buf_len(&cid));
	}
	buf_addc(b, '\n');
	buf_add(b, buf_data(&line), buf_len(&line));
	buf_free(&line);
	buf_free(&cid);
}

void
record_event(struct buf *b, int64_t session, const struct buf *line)
{
	buf_addf(b, "e %" PRId64 " %zu\n", session, buf_len(line));
	buf_add(b, buf_data(line), buf_len(line));
}

void
record_replace(struct buf *b, int64_t session, int64_t device)
{
	buf_addf(b, "x %" PRId64 " %" PRId64 "\n", session, device);
}

void
record_revoke(struct buf *b, int64_t session, int64_t device)
{
	buf_addf(b, "r %" PRId64 " %" PRId64 "\n", session, device);
}

void
record_member(struct buf *b, int64_t session, int64_t conv)
{
	buf_addf(b, "g %" PRId64 " %" PRId64 "\n", session, conv);
}

/* Reads " NUMBER" n times from *s. */
static bool
numbers(const char **s, int64_t out[], int n)
{
	for (int i = 0; i < n; i++) {
		char *end;

		if (**s != ' ')
			return false;
		out[i] = strtoll(*s + 1, &end, 10);
		if (end == *s + 1 || out[i] < 0)
			return false;
		*s = end;
	}
	return true;
}

/* The header's text s (NUL-terminated; at: the same place in the payload). */
static bool
header(const char *s, const char *at, struct record *r)
{
	const char *begin = s;
	int64_t v[6];

	r->type = *s++;
	switch (r->type) {
	case 'm':
		if (!numbers(&s, v, 6))
			return false;
		*r = (struct record){.type = 'm', .conv = v[0], .seq = v[1], .from = v[2], .session = v[3], .gone = v[4],
		    .len = (size_t)v[5]};
		if (*s == ' ') {
			r->cid = at + (s + 1 - begin);
			r->cidlen = strlen(s + 1);
			return true;
		}
		break;
	case 'e':
		if (!numbers(&s, v, 2))
			return false;
		*r = (struct record){.type = 'e', .session = v[0], .len = (size_t)v[1]};
		break;
	case 'x':
	case 'r':
	case 'g':
		if (!numbers(&s, v, 2))
			return false;
		*r = (struct record){.type = *begin, .session = v[0], .device = v[1], .conv = v[1]};
		break;
	default:
		return false;
	}
	return *s == '\0';
}

/* An event as it is written for a native client: one valid object. Redis may bring anything, from anybody who got in there. */
static bool
is_line(const char *line, size_t n)
{
	static const char begin[] = "{\"ev\":\"";
	struct door door;
	size_t used;

	door_init(&door);
	return n > sizeof(begin) && memcmp(line, begin, sizeof(begin) - 1) == 0 && line[n - 1] == '\n' &&
	       door_scan(&door, line, n - 1, n, &used) == DOOR_OBJECT && used == n - 1;
}

/* A string, and nothing behind it: what may be a key. */
static bool
is_cid(const struct record *r)
{
	struct door door;
	size_t used;

	door_init(&door);
	return r->cid == NULL ||
	       (door_scan(&door, "{", 1, HEADER_MAX, &used) == DOOR_MORE &&
	           door_scan(&door, r->cid, r->cidlen, HEADER_MAX, &used) == DOOR_MORE &&
	           door_scan(&door, ":0}", 3, HEADER_MAX, &used) == DOOR_OBJECT);
}

int
record_next(const char **p, size_t *n, struct record *r)
{
	char text[HEADER_MAX];
	const char *end;
	size_t len;

	if (*n == 0)
		return 0;
	end = memchr(*p, '\n', *n < sizeof(text) ? *n : sizeof(text));
	if (end == NULL)
		return -1;
	len = (size_t)(end - *p);
	memcpy(text, *p, len);
	text[len] = '\0';
	if (strlen(text) != len || !header(text, *p, r))
		return -1;
	*p += len + 1;
	*n -= len + 1;
	if ((r->type == 'm' || r->type == 'e') && (r->len > *n || !is_line(*p, r->len) || !is_cid(r)))
		return -1;
	r->line = *p;
	*p += r->len;
	*n -= r->len;
	return 1;
}

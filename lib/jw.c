/* SPDX-License-Identifier: ISC */
#include "lib/jw.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void
jw_begin(struct buf *b, const char *key)
{
	if (buf_len(b) > 0) {
		char before = b->p[b->tail - 1];

		if (before != '{' && before != '[' && before != ':' && before != '\n')
			buf_addc(b, ',');
	}
	if (key != NULL) {
		buf_addc(b, '"');
		buf_adds(b, key);
		buf_add(b, "\":", 2);
	}
}

void
jw_open(struct buf *b, const char *key, char bracket)
{
	jw_begin(b, key);
	buf_addc(b, bracket);
}

void
jw_close(struct buf *b, char bracket)
{
	buf_addc(b, bracket);
}

/* What RFC 8259 has a letter for, and the letter; no letter is among the first of a pair. */
static const char short_escape[] = "\"\"\\\\\bb\ff\nn\rr\tt";

void
jw_strn(struct buf *b, const char *key, const char *s, size_t n)
{
	const char *end = s + n;

	jw_begin(b, key);
	buf_addc(b, '"');
	while (s < end) {
		const char *plain = s;
		unsigned char ch;
		const char *letter;
		char esc[8];

		while (s < end && (unsigned char)*s >= 0x20 && *s != '"' && *s != '\\')
			s++;
		buf_add(b, plain, (size_t)(s - plain));
		if (s == end)
			break;
		ch = (unsigned char)*s++;
		if (ch != '\0' && (letter = strchr(short_escape, ch)) != NULL)
			snprintf(esc, sizeof(esc), "\\%c", letter[1]);
		else
			snprintf(esc, sizeof(esc), "\\u%04x", ch);
		buf_adds(b, esc);
	}
	buf_addc(b, '"');
}

void
jw_str(struct buf *b, const char *key, const char *s)
{
	jw_strn(b, key, s, strlen(s));
}

void
jw_int(struct buf *b, const char *key, int64_t v)
{
	char num[24];

	jw_begin(b, key);
	snprintf(num, sizeof(num), "%" PRId64, v);
	buf_adds(b, num);
}

void
jw_bool(struct buf *b, const char *key, bool v)
{
	jw_begin(b, key);
	buf_adds(b, v ? "true" : "false");
}

void
jw_null(struct buf *b, const char *key)
{
	jw_begin(b, key);
	buf_adds(b, "null");
}

void
jw_raw(struct buf *b, const char *key, const char *json, size_t n)
{
	jw_begin(b, key);
	buf_add(b, json, n);
}

void
jw_named(struct buf *b, const char *key, int64_t id, const char *name)
{
	jw_open(b, key, '{');
	jw_int(b, "id", id);
	jw_str(b, "name", name);
	jw_close(b, '}');
}

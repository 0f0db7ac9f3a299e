/* SPDX-License-Identifier: ISC */
#include "db/args.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void
add_quoted(struct buf *b, const char *s)
{
	buf_addc(b, '"');
	while (*s != '\0') {
		size_t plain = strcspn(s, "\"\\");

		buf_add(b, s, plain);
		s += plain;
		if (*s != '\0') {
			buf_addc(b, '\\');
			buf_addc(b, *s++);
		}
	}
	buf_addc(b, '"');
}

static void
add_array(struct buf *b, const struct db_arg *a)
{
	buf_addc(b, '{');
	for (size_t i = 0; i < a->len; i++) {
		if (i > 0)
			buf_addc(b, ',');
		if (a->kind == ARG_STRS)
			add_quoted(b, a->strs[i]);
		else if (a->nums[i] < 0)
			buf_adds(b, "NULL");
		else
			buf_addf(b, "%" PRId64, a->nums[i]);
	}
	buf_addc(b, '}');
}

static bool
is_null(const struct db_arg *a)
{
	return (a->kind == ARG_STR && a->str == NULL) || (a->kind == ARG_ID && a->num == 0) ||
	       (a->kind == ARG_SEQ && a->num < 0);
}

void
args_text(const struct db_arg *arg, size_t n, struct buf *b, const char *value[DB_ARGS])
{
	size_t at[DB_ARGS];

	assert(n <= DB_ARGS);
	for (size_t i = 0; i < n; i++) {
		at[i] = buf_len(b);
		if (arg[i].kind == ARG_INTS || arg[i].kind == ARG_STRS)
			add_array(b, &arg[i]);
		else if (arg[i].kind == ARG_HEX)
			buf_addf(b, "\\x%s", arg[i].str);
		else if (arg[i].kind != ARG_STR)
			buf_addf(b, "%" PRId64, arg[i].num);
		buf_addc(b, '\0');
	}
	/* Only now: the buffer moves while it grows. */
	for (size_t i = 0; i < n; i++)
		value[i] = is_null(&arg[i]) ? NULL : arg[i].kind == ARG_STR ? arg[i].str : buf_data(b) + at[i];
}

void
array_next(const char **at, char *out, size_t size)
{
	size_t n;

	if (**at != '\0')
		++*at; /* the brace or the comma */
	n = strcspn(*at, ",}");
	snprintf(out, size, "%.*s", n == 4 && strncmp(*at, "NULL", n) == 0 ? 0 : (int)n, *at);
	*at += n;
}

/* SPDX-License-Identifier: ISC */
#include "db/message.h"
#include "db/run.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
arg_str(struct db_args *a, const char *s)
{
	assert(a->n < DB_ARGS);
	a->value[a->n++] = s;
}

void
arg_int(struct db_args *a, int64_t v)
{
	assert(a->n < DB_ARGS);
	snprintf(a->number[a->n], sizeof(a->number[0]), "%" PRId64, v);
	a->value[a->n] = a->number[a->n];
	a->n++;
}

void
arg_id(struct db_args *a, int64_t v)
{
	if (v == 0)
		arg_str(a, NULL);
	else
		arg_int(a, v);
}

void
arg_bool(struct db_args *a, bool v)
{
	arg_str(a, v ? "t" : "f");
}

void
arg_target(struct db_args *a, const struct target *t)
{
	arg_id(a, t->conv);
	arg_str(a, t->name);
	arg_id(a, t->id);
	arg_bool(a, t->group);
}

static void
element(struct buf *b)
{
	buf_addc(b, buf_len(b) == 0 ? '{' : ',');
}

void
array_int(struct buf *b, int64_t v)
{
	element(b);
	buf_addf(b, "%" PRId64, v);
}

void
array_null(struct buf *b)
{
	element(b);
	buf_adds(b, "NULL");
}

void
array_str(struct buf *b, const char *s)
{
	element(b);
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

const char *
array_done(struct buf *b)
{
	if (buf_len(b) == 0)
		buf_addc(b, '{');
	buf_addc(b, '}');
	return buf_str(b);
}

/* SPDX-License-Identifier: ISC */
#include "lib/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

char *
buf_room(struct buf *b, size_t n)
{
	if (b->head > 0 && b->cap - b->tail < n) {
		memmove(b->p, b->p + b->head, buf_len(b));
		b->tail -= b->head;
		b->head = 0;
	}
	if (b->cap - b->tail < n) {
		size_t cap = b->cap != 0 ? b->cap : 512;

		while (cap - b->tail < n)
			cap *= 2;
		b->p = mem_realloc(b->p, cap);
		b->cap = cap;
	}
	return b->p + b->tail;
}

void
buf_grew(struct buf *b, size_t n)
{
	assert(n <= b->cap - b->tail);
	b->tail += n;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	memcpy(buf_room(b, n), p, n);
	b->tail += n;
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_addc(struct buf *b, char ch)
{
	*buf_room(b, 1) = ch;
	b->tail++;
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	buf_room(b, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(b->p + b->tail, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->tail += (size_t)n;
}

void
buf_drop(struct buf *b, size_t n)
{
	assert(n <= buf_len(b));
	b->head += n;
	if (b->head == b->tail)
		b->head = b->tail = 0;
}

void
buf_cut(struct buf *b, size_t n)
{
	assert(n <= buf_len(b));
	b->tail = b->head + n;
}

void
buf_trim(struct buf *b)
{
	if (buf_len(b) == 0)
		buf_free(b);
}

char *
buf_str(struct buf *b)
{
	*buf_room(b, 1) = '\0';
	return buf_data(b);
}

void
buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){0};
}

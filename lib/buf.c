/* SPDX-License-Identifier: ISC */
#include "lib/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

char buf_nothing[1];

static void
wipe(const struct buf *b, size_t from, size_t to)
{
	if (b->secret && b->p != NULL)
		explicit_bzero(b->p + from, to - from);
}

static void
buf_grow(struct buf *b, size_t cap)
{
	if (b->secret) { /* realloc() would leave a copy behind */
		char *p = mem_alloc(cap);

		if (b->p != NULL)
			memcpy(p, b->p, b->tail);
		wipe(b, 0, b->tail);
		free(b->p);
		b->p = p;
	} else {
		b->p = mem_realloc(b->p, cap);
	}
	b->cap = cap;
}

char *
buf_room(struct buf *b, size_t n)
{
	if (b->head > 0 && b->cap - b->tail < n) {
		size_t len = buf_len(b);

		memmove(b->p, b->p + b->head, len);
		wipe(b, len, b->tail);
		b->tail = len;
		b->head = 0;
	}
	if (b->cap - b->tail < n) {
		size_t cap = b->cap != 0 ? b->cap : 512;

		while (cap - b->tail < n)
			cap *= 2;
		buf_grow(b, cap);
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
	wipe(b, b->head, b->head + n);
	b->head += n;
	if (b->head == b->tail)
		b->head = b->tail = 0;
}

void
buf_cut(struct buf *b, size_t n)
{
	assert(n <= buf_len(b));
	wipe(b, b->head + n, b->tail);
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
	wipe(b, b->head, b->tail);
	free(b->p);
	*b = (struct buf){.secret = b->secret};
}

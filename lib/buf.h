/* SPDX-License-Identifier: ISC */
/*
 * buf - a byte queue: append at the tail, take from the head. Growth is
 * geometric; an empty one that was drained holds no memory after buf_trim().
 * What has been in a secret one is overwritten when it goes.
 * Out of memory ends the process (mem.h), so nothing here can fail.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *p;
	size_t head; /* bytes already taken */
	size_t tail; /* end of what is stored */
	size_t cap;
	bool secret;
};

/* Never NULL: memchr() and memcpy() of no bytes want an address, too. */
extern char buf_nothing[1];
static inline char *
buf_data(const struct buf *b)
{
	return b->p != NULL ? b->p + b->head : buf_nothing;
}

static inline size_t
buf_len(const struct buf *b)
{
	return b->tail - b->head;
}

/* Makes room for n more bytes and returns where they go; buf_grew() counts them in. */
char *buf_room(struct buf *b, size_t n);
void buf_grew(struct buf *b, size_t n);

void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char ch);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Takes n bytes off the head. */
void buf_drop(struct buf *b, size_t n);
/* Forgets what was appended after the length was n. */
void buf_cut(struct buf *b, size_t n);
/* Gives the memory back if nothing is stored. */
void buf_trim(struct buf *b);
/* The content as a C string (a NUL is put behind it, not counted). Borrowed. */
char *buf_str(struct buf *b);
void buf_free(struct buf *b);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * page - lists that end where a reply would become too long, or where they were asked to, and can be asked on:
 *
 *	{"op":"groups","limit":100}
 *	{"ok":true,"groups":[…],"more":true,"next":"17.0.0"}
 *	{"op":"groups","limit":100,"next":"17.0.0"}
 */
#ifndef PAGE_H
#define PAGE_H

#include "handlers/request.h"

#define REPLY_MAX (252 * 1024) /* of the members of a reply: with all around it, it has at most 256 KiB */
#define PAGE_MAX 1000          /* rows of a list whose rows are short */

struct page {
	int64_t at[3]; /* the keys of the last row before; 0: none */
	int64_t limit;
	int64_t n;     /* rows so far */
	size_t end;    /* of the reply's members */
	bool more;
};

/* limit (from 1 to max) and next, if given. */
enum error want_page(struct req *rq, struct page *p, int64_t max, int64_t usual);
/* A list within a reply that has more than it. */
void page_within(struct page *p, const struct buf *b, size_t bytes);
/*
 * What stands in b from begun on is the next row. false: there is no room for it, it has gone again, and there are
 * more. The rows are one more than the limit, if there are so many. keys: of the row.
 */
bool page_row(struct page *p, struct buf *b, size_t begun, const int64_t keys[3]);
/* "more" and, with it, "next". */
void page_end(const struct page *p, struct buf *b);

#endif

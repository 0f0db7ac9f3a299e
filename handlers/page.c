/* SPDX-License-Identifier: ISC */
#include "handlers/page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/jw.h"

#define KEYS 3

/* "17", "17.5" or "17.5.1"; false: it is none of ours. */
static bool
read_next(const char *s, int64_t at[KEYS])
{
	char *end;

	for (int i = 0; i < KEYS; i++) {
		if (*s < '0' || *s > '9')
			return false;
		at[i] = strtoll(s, &end, 10);
		if (*end == '\0')
			return true;
		if (*end != '.')
			return false;
		s = end + 1;
	}
	return false;
}

enum error
want_page(struct req *rq, struct page *p, int64_t max, int64_t usual)
{
	const char *next = NULL;
	enum error e;

	*p = (struct page){.limit = usual, .end = REPLY_MAX};
	if ((e = may_int(rq, "limit", 1, max, &p->limit)) != E_OK || (e = may_str(rq, "next", 1, 64, &next)) != E_OK)
		return e;
	if (next != NULL && !read_next(next, p->at))
		return refuse(rq, E_BAD_REQUEST, "next: what an answer said is wanted");
	return E_OK;
}

void
page_within(struct page *p, const struct buf *b, size_t bytes)
{
	*p = (struct page){.limit = PAGE_MAX, .end = buf_len(b) + bytes < REPLY_MAX ? buf_len(b) + bytes : REPLY_MAX};
}

bool
page_row(struct page *p, struct buf *b, size_t begun, const int64_t keys[KEYS])
{
	p->more = p->n == p->limit || buf_len(b) > p->end;
	if (p->more) {
		buf_cut(b, begun);
		return false;
	}
	memcpy(p->at, keys, sizeof(p->at));
	p->n++;
	return true;
}

void
page_end(const struct page *p, struct buf *b)
{
	struct buf next = {0};

	jw_bool(b, "more", p->more);
	if (!p->more)
		return;
	buf_addf(&next, "%" PRId64 ".%" PRId64 ".%" PRId64, p->at[0], p->at[1], p->at[2]);
	jw_str(b, "next", buf_str(&next));
	buf_free(&next);
}

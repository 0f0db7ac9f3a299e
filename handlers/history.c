/* SPDX-License-Identifier: ISC */
/*
 * history - entries of a conversation, ascending: those after a number, or the last ones before one.
 *
 *	{"op":"history","to":"bob","before":341,"limit":50}
 *	{"ok":true,"conv":12,"first":1,"messages":[…],"more":true}
 */
#include "handlers/ops.h"
#include "handlers/page.h"
#include "handlers/show.h"

#define LIMIT_MAX 200

/* Which of the n entries that the database has brought fit into a reply: from the first one on, or up to the last one. */
static void
choose(struct session *s, int n, bool last, int *from, int *to)
{
	size_t size[LIMIT_MAX] = {0}, sum = 0;
	struct buf one = {0};
	struct entry m;

	for (int i = 0; i < n && db_entry_next(s->db, &m); i++) {
		show_message(&one, &m);
		size[i] = buf_len(&one) + 1;
		buf_cut(&one, 0);
	}
	buf_free(&one);
	*from = last ? n : 0;
	*to = *from;
	while (*to - *from < n && (sum += size[last ? *from - 1 : *to]) <= REPLY_MAX) {
		*from -= last;
		*to += !last;
	}
}

enum error
op_history(struct session *s, struct req *rq)
{
	int64_t before = 0, after = -1, limit = 50, conv, first;
	int skip, n, from, to;
	bool more;
	struct buf *b = &rq->body;
	struct target t;
	struct entry m;
	enum error e;

	if ((e = want_target(rq, &t)) != E_OK || (e = may_int(rq, "before", 1, INT64_C(1) << 53, &before)) != E_OK ||
	    (e = may_int(rq, "after", 0, INT64_C(1) << 53, &after)) != E_OK ||
	    (e = may_int(rq, "limit", 1, LIMIT_MAX, &limit)) != E_OK)
		return e;
	if (before > 0 && after >= 0)
		return refuse(rq, E_BAD_REQUEST, "before and after exclude each other");
	if ((e = db_message_conv(s->db, s->user, &t, &conv, &first)) != E_OK)
		return e;
	if (conv == 0) { /* nothing was ever said */
		jw_null(b, "conv");
		jw_open(b, "messages", '[');
		jw_close(b, ']');
		jw_bool(b, "more", false);
		return E_OK;
	}
	if ((e = db_message_history(s->db, s->user, conv, before, after, (int)limit, &skip, &n, &more)) != E_OK)
		return e;
	db_entry_again(s->db, skip);
	choose(s, n, after < 0, &from, &to);
	db_entry_again(s->db, skip + from);
	jw_int(b, "conv", conv);
	jw_int(b, "first", first);
	jw_open(b, "messages", '[');
	for (int i = from; i < to && db_entry_next(s->db, &m); i++)
		show_message(b, &m);
	jw_close(b, ']');
	jw_bool(b, "more", more || to - from < n);
	return E_OK;
}

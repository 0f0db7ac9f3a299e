/* SPDX-License-Identifier: ISC */
/*
 * history - entries of a conversation, ascending: those after a number, or the last ones before one.
 *
 *	{"op":"history","to":"bob","before":341,"limit":50}
 *	{"ok":true,"conv":12,"first":1,"messages":[…],"more":true}
 */
#include "handlers/ops.h"
#include "handlers/show.h"

enum error
op_history(struct session *s, struct req *rq)
{
	int64_t before = 0, after = -1, limit = 50, conv, first;
	bool more = false;
	struct buf *b = &rq->body;
	struct target t;
	struct entry m;
	enum error e;
	int n = 0;

	if ((e = want_target(rq, &t)) != E_OK || (e = may_int(rq, "before", 1, INT64_C(1) << 53, &before)) != E_OK ||
	    (e = may_int(rq, "after", 0, INT64_C(1) << 53, &after)) != E_OK ||
	    (e = may_int(rq, "limit", 1, 200, &limit)) != E_OK)
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
	if ((e = db_message_history(s->db, s->user, conv, before, after, (int)limit, &more)) != E_OK)
		return e;
	jw_int(b, "conv", conv);
	jw_int(b, "first", first);
	jw_open(b, "messages", '[');
	while (n < limit && db_entry_next(s->db, &m)) {
		show_message(b, &m);
		n++;
	}
	jw_close(b, ']');
	jw_bool(b, "more", more);
	return E_OK;
}

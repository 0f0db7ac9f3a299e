/* SPDX-License-Identifier: ISC */
/*
 * convs - the user's conversations, newest first, with the last entry of each.
 *
 *	{"op":"convs","limit":100,"next":"…"}
 *	{"ok":true,"convs":[{"conv":12,"kind":"direct","peer":{…},"first":1,"last_seq":341,"acked":340,"read":300,"unread":4,"last":{…}}],"more":false}
 *
 * A long text is shown by its beginning, and then says so: "cut":true.
 */
#include "handlers/ops.h"
#include "handlers/page.h"
#include "handlers/show.h"

enum error
op_convs(struct session *s, struct req *rq)
{
	struct buf *b = &rq->body;
	struct conv_row v;
	struct page p;
	size_t begun;
	enum error e;

	if ((e = want_page(rq, &p, 200, 100)) != E_OK ||
	    (e = db_message_convs(s->db, s->user, s->device, p.at, (int)p.limit + 1)) != E_OK)
		return e;
	jw_open(b, "convs", '[');
	do {
		const struct entry *m = &v.last;
		bool mine;

		begun = buf_len(b);
		if (!db_conv_next(s->db, &v))
			break;
		mine = m->from_id == s->user;

		jw_open(b, NULL, '{');
		jw_int(b, "conv", v.conv);
		jw_str(b, "kind", m->is_group ? "group" : "direct");
		if (m->is_group || mine)
			jw_named(b, m->is_group ? "group" : "peer", m->to_id, m->to_name);
		else
			jw_named(b, "peer", m->from_id, m->from_name);
		jw_int(b, "first", v.first);
		jw_int(b, "last_seq", v.last_seq);
		jw_int(b, "acked", v.acked);
		jw_int(b, "read", v.read);
		jw_int(b, "unread", v.unread);
		jw_open(b, "last", '{');
		event_message(b, m);
		if (v.cut)
			jw_bool(b, "cut", true);
		jw_close(b, '}');
		jw_close(b, '}');
	} while (page_row(&p, b, begun, (const int64_t[3]){v.last_at, v.conv}));
	jw_close(b, ']');
	page_end(&p, b);
	return E_OK;
}

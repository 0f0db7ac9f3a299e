/* SPDX-License-Identifier: ISC */
/*
 * convs - the user's conversations, newest first, with the last entry of each.
 *
 *	{"op":"convs"}
 *	{"ok":true,"convs":[{"conv":12,"kind":"direct","peer":{…},"last_seq":341,"acked":340,"read":300,"unread":4,"last":{…}}]}
 */
#include "session/event.h"
#include "handlers/handlers.h"

enum error
op_convs(struct conn *c, struct req *rq)
{
	struct buf *b = &rq->body;
	struct conv_row v;
	enum error e = db_message_convs(c->db, c->user, c->device);

	if (e != E_OK)
		return e;
	jw_open(b, "convs", '[');
	while (db_conv_next(c->db, &v)) {
		const struct entry *m = &v.last;
		bool mine = m->from_id == c->user;

		jw_open(b, NULL, '{');
		jw_int(b, "conv", v.conv);
		jw_str(b, "kind", m->is_group ? "group" : "direct");
		if (m->is_group || mine)
			jw_named(b, m->is_group ? "group" : "peer", m->to_id, m->to_name);
		else
			jw_named(b, "peer", m->from_id, m->from_name);
		jw_int(b, "last_seq", v.last_seq);
		jw_int(b, "acked", v.acked);
		jw_int(b, "read", v.read);
		jw_int(b, "unread", v.unread);
		jw_open(b, "last", '{');
		event_entry_fields(b, m);
		jw_close(b, '}');
		jw_close(b, '}');
	}
	jw_close(b, ']');
	return E_OK;
}

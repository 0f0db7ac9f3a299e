/* SPDX-License-Identifier: ISC */
/*
 * search - texts that contain something, in any script, whatever the case, newest first.
 *
 *	{"op":"search","text":"你好","to":"bob","before_at":"2026-03-01T12:00:00Z","limit":20}
 *	{"ok":true,"messages":[…]}
 */
#include "event.h"
#include "handlers/handlers.h"

enum error
op_search(struct conn *c, struct req *rq)
{
	const char *text, *before = NULL;
	int64_t limit = 50, conv = 0;
	struct buf *b = &rq->body;
	struct target t;
	struct entry m;
	enum error e;
	bool narrowed = has(rq, "to") || has(rq, "group") || has(rq, "conv");

	if ((e = want_str(rq, "text", 1, 1024, &text)) != E_OK || (e = may_str(rq, "before_at", 1, 40, &before)) != E_OK ||
	    (e = may_int(rq, "limit", 1, 200, &limit)) != E_OK)
		return e;
	if (narrowed && ((e = want_target(rq, &t)) != E_OK || (e = db_message_conv(c->db, c->user, &t, &conv)) != E_OK))
		return e;
	jw_open(b, "messages", '[');
	if (!narrowed || conv != 0) {
		if ((e = db_message_search(c->db, c->user, conv, text, before, (int)limit)) != E_OK)
			return e;
		while (db_entry_next(c->db, &m)) {
			jw_open(b, NULL, '{');
			event_entry_fields(b, &m);
			jw_close(b, '}');
		}
	}
	jw_close(b, ']');
	return E_OK;
}

/* SPDX-License-Identifier: ISC */
/*
 * delete - blanks one of my messages, or anybody's as the group's admin. An entry of the log itself.
 *
 *	{"op":"delete","conv":12,"seq":341,"cid":"b1f2"}
 *	{"ok":true,"conv":12,"seq":346,"at":"…"}
 */
#include "handlers/ops.h"
#include "handlers/show.h"

enum error
op_delete(struct session *s, struct req *rq)
{
	const char *cid;
	int64_t conv, seq;
	struct change ch;
	enum error e;

	if ((e = want_entry(rq, &conv, &seq)) != E_OK || (e = want_str(rq, "cid", 1, 64, &cid)) != E_OK ||
	    (e = db_message_delete(s->db, s->user, conv, seq, cid, &ch)) != E_OK)
		return e;
	show_change(s, &rq->body, conv, &ch);
	return E_OK;
}

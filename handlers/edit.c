/* SPDX-License-Identifier: ISC */
/*
 * edit - another text for one of my messages. An entry of the log itself.
 *
 *	{"op":"edit","conv":12,"seq":341,"text":"hello","cid":"b1f1"}
 *	{"ok":true,"conv":12,"seq":345,"at":"…"}
 */
#include <string.h>

#include "handlers/ops.h"
#include "handlers/show.h"
#include "session/limits.h"
#include "session/quota.h"

/* Who may send no more now is still told what became of what was sent before. */
static enum error
edit_limited(struct session *s, struct req *rq, int64_t conv, int64_t seq, const char *text, const char *cid, struct change *ch)
{
	enum error e = quota_text(s, strlen(text), &rq->retry_after);

	if (e == E_OK)
		return db_message_edit(s->db, s->user, conv, seq, text, cid, ch);
	if (e == E_RATE_LIMITED && (e = db_message_edited_before(s->db, s->user, conv, seq, text, cid, ch)) == E_NOT_FOUND)
		return refuse(rq, E_RATE_LIMITED, "%s", quota_refused(rq->retry_after));
	return e;
}

enum error
op_edit(struct session *s, struct req *rq)
{
	const char *text, *cid;
	int64_t conv, seq;
	struct change ch;
	enum error e;

	if ((e = want_entry(rq, &conv, &seq)) != E_OK || (e = want_str(rq, "text", 1, TEXT_MAX, &text)) != E_OK ||
	    (e = want_str(rq, "cid", 1, 64, &cid)) != E_OK ||
	    (e = edit_limited(s, rq, conv, seq, text, cid, &ch)) != E_OK)
		return e;
	quota_stored(s, ch.dup ? 0 : strlen(text));
	show_change(s, &rq->body, conv, &ch);
	return E_OK;
}

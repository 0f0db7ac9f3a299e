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

enum error
op_edit(struct session *s, struct req *rq)
{
	const char *text, *cid;
	int64_t conv, seq;
	struct change ch;
	enum error e;

	if ((e = want_entry(rq, &conv, &seq)) != E_OK || (e = want_str(rq, "text", 1, TEXT_MAX, &text)) != E_OK ||
	    (e = want_str(rq, "cid", 1, 64, &cid)) != E_OK ||
	    (e = quota_text(s, strlen(text), &rq->retry_after)) != E_OK ||
	    (e = db_message_edit(s->db, s->user, conv, seq, text, cid, &ch)) != E_OK)
		return e;
	quota_stored(s, ch.dup ? 0 : strlen(text));
	show_change(s, &rq->body, conv, &ch);
	return E_OK;
}

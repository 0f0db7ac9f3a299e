/* SPDX-License-Identifier: ISC */
/*
 * read - everything up to seq has been read by me, on whatever device.
 *
 *	{"op":"read","conv":12,"seq":341}
 *	{"ok":true,"conv":12,"seq":341}
 *
 * The mark never goes back, nor beyond what exists: the reply says where it stands.
 */
#include "handlers/ops.h"
#include "lib/jw.h"
#include "session/tell.h"

enum error
op_read(struct session *s, struct req *rq)
{
	int64_t conv, seq, peer;
	bool moved;
	enum error e;

	if ((e = want_entry(rq, &conv, &seq)) != E_OK ||
	    (e = db_message_read(s->db, s->user, conv, seq, &seq, &moved, &peer)) != E_OK)
		return e;
	jw_int(&rq->body, "conv", conv);
	jw_int(&rq->body, "seq", seq);
	if (moved)
		tell_read(s, conv, seq, peer);
	return E_OK;
}

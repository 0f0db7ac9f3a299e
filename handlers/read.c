/* SPDX-License-Identifier: ISC */
/*
 * read - everything up to seq has been read by me, on whatever device.
 *
 *	{"op":"read","conv":12,"seq":341}
 *	{"ok":true,"conv":12,"seq":341}
 *
 * The mark never goes back, nor beyond what exists: the reply says where it stands.
 */
#include "session/event.h"
#include "handlers/handlers.h"

enum error
op_read(struct conn *c, struct req *rq)
{
	struct buf line = {0};
	int64_t conv, seq, peer;
	bool moved;
	enum error e;

	if ((e = want_entry(rq, &conv, &seq)) != E_OK ||
	    (e = db_message_read(c->db, c->user, conv, seq, &seq, &moved, &peer)) != E_OK)
		return e;
	jw_int(&rq->body, "conv", conv);
	jw_int(&rq->body, "seq", seq);
	if (!moved)
		return E_OK;
	event_begin(&line, "read");
	jw_int(&line, "conv", conv);
	jw_int(&line, "seq", seq);
	jw_named(&line, "user", c->user, c->user_name);
	event_end(&line);
	conn_tell(c, c->user, &line);
	if (peer != 0)
		conn_tell(c, peer, &line);
	buf_free(&line);
	return E_OK;
}

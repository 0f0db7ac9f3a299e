/* SPDX-License-Identifier: ISC */
/*
 * typing - I am writing something there. Not stored; whoever is online sees it, or does not.
 *
 *	{"op":"typing","to":"bob"}
 *	{"ok":true}
 */
#include "session/event.h"
#include "handlers/handlers.h"

enum error
op_typing(struct conn *c, struct req *rq)
{
	struct buf line = {0}, records = {0};
	int64_t conv, peer;
	struct target t;
	enum error e;

	if ((e = want_target(rq, &t)) != E_OK || (e = db_message_typing(c->db, c->user, &t, &conv, &peer)) != E_OK)
		return e;
	if (conv == 0) /* two who never spoke have no conversation to show it in */
		return E_OK;
	event_begin(&line, "typing");
	jw_int(&line, "conv", conv);
	jw_named(&line, "user", c->user, c->user_name);
	event_end(&line);
	record_event(&records, c->session, &line);
	conn_publish(c, peer != 0 ? BUS_USER : BUS_GROUP, peer != 0 ? peer : conv, &records);
	buf_free(&line);
	buf_free(&records);
	return E_OK;
}

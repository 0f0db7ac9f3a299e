/* SPDX-License-Identifier: ISC */
/*
 * typing - I am writing something there. Not stored; whoever is online sees it, or does not.
 *
 *	{"op":"typing","to":"bob"}
 *	{"ok":true}
 */
#include "handlers/ops.h"
#include "session/tell.h"

enum error
op_typing(struct session *s, struct req *rq)
{
	int64_t conv, peer;
	struct target t;
	enum error e;

	if ((e = want_target(rq, &t)) != E_OK || (e = db_message_typing(s->db, s->user, &t, &conv, &peer)) != E_OK)
		return e;
	if (conv != 0) /* two who never spoke have no conversation to show it in */
		tell_typing(s, conv, peer);
	return E_OK;
}

/* SPDX-License-Identifier: ISC */
/*
 * ping - is the server there, and what time is it?
 *
 *	{"op":"ping"}
 *	{"ok":true,"at":"2026-03-01T12:00:00.123456Z"}
 *
 * pong - the answer to the server's `ping` event; it has no reply. Any other object would do.
 */
#include "handlers/ops.h"
#include "handlers/show.h"

enum error
op_ping(struct session *s, struct req *rq)
{
	(void)s;
	show_now(&rq->body, "at");
	return E_OK;
}

enum error
op_pong(struct session *s, struct req *rq)
{
	(void)s;
	rq->silent = true;
	return E_OK;
}

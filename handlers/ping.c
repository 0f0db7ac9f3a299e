/* SPDX-License-Identifier: ISC */
/*
 * ping - is the server there, and what time is it?
 *
 *	{"op":"ping"}
 *	{"ok":true,"at":"2026-03-01T12:00:00.123456Z"}
 *
 * pong - the answer to the server's `ping` event; it has no reply. Any other object would do.
 */
#include "handlers/handlers.h"

enum error
op_ping(struct conn *c, struct req *rq)
{
	(void)c;
	show_now(&rq->body, "at");
	return E_OK;
}

enum error
op_pong(struct conn *c, struct req *rq)
{
	(void)c;
	rq->silent = true;
	return E_OK;
}

/* SPDX-License-Identifier: ISC */
/*
 * logout - ends the login and its token, not the connection.
 *
 *	{"op":"logout"}
 *	{"ok":true}
 */
#include "handlers/ops.h"
#include "session/life.h"

enum error
op_logout(struct session *s, struct req *rq)
{
	(void)rq;
	return life_end(s, true) ? E_OK : E_UNAVAILABLE;
}

/* SPDX-License-Identifier: ISC */
/*
 * logout - ends the login and its token, not the connection.
 *
 *	{"op":"logout"}
 *	{"ok":true}
 */
#include "handlers/ops.h"
#include "lib/counts.h"
#include "session/life.h"

enum error
op_logout(struct session *s, struct req *rq)
{
	(void)rq;
	if (!life_end(s, true))
		return E_UNAVAILABLE;
	count(C_END_LOGOUT);
	return E_OK;
}

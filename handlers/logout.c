/* SPDX-License-Identifier: ISC */
/*
 * logout - ends the login and its token, not the connection.
 *
 *	{"op":"logout"}
 *	{"ok":true}
 */
#include "handlers/handlers.h"

enum error
op_logout(struct conn *c, struct req *rq)
{
	(void)rq;
	return conn_logout(c, true) ? E_OK : E_UNAVAILABLE;
}

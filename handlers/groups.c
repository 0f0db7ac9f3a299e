/* SPDX-License-Identifier: ISC */
/*
 * groups - the groups I am in.
 *
 *	{"op":"groups"}
 *	{"ok":true,"groups":[{"id":3,"name":"team","description":"us","role":"creator","last_seq":17,"join":"open",…}]}
 */
#include "handlers/handlers.h"

enum error
op_groups(struct conn *c, struct req *rq)
{
	return show_groups(c, &rq->body);
}

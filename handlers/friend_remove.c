/* SPDX-License-Identifier: ISC */
/*
 * friend_remove - take a user off my list. The other's list stays as it is.
 *
 *	{"op":"friend_remove","user":"bob"}
 *	{"ok":true,"user":{"id":8,"name":"bob"}}
 */
#include "handlers/ops.h"
#include "handlers/sight.h"

enum error
op_friend_remove(struct session *s, struct req *rq)
{
	return sight_change(s, rq, db_friend_remove);
}

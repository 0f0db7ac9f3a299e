/* SPDX-License-Identifier: ISC */
/*
 * friend_remove - take a user off my list. The other's list stays as it is.
 *
 *	{"op":"friend_remove","user":"bob"}
 *	{"ok":true,"user":{"id":8,"name":"bob"}}
 */
#include "handlers/ops.h"
#include "handlers/sight.h"
#include "lib/jw.h"

enum error
op_friend_remove(struct session *s, struct req *rq)
{
	struct friend_row f;
	struct sight was;
	enum error e;

	if ((e = want_sight(s, rq, &was)) != E_OK || (e = db_friend_remove(s->db, s->user, NULL, was.id, &f)) != E_OK)
		return e;
	jw_named(&rq->body, "user", f.id, f.name);
	sight_changed(s, &was);
	return E_OK;
}

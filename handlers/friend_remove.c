/* SPDX-License-Identifier: ISC */
/*
 * friend_remove - take a user off my list. The other's list stays as it is.
 *
 *	{"op":"friend_remove","user":"bob"}
 *	{"ok":true,"user":{"id":8,"name":"bob"}}
 */
#include "db/friend.h"
#include "handlers/ops.h"
#include "lib/jw.h"

enum error
op_friend_remove(struct session *s, struct req *rq)
{
	struct friend_row f;
	const char *name;
	int64_t id;
	enum error e;

	if ((e = want_who(rq, "user", &name, &id)) != E_OK ||
	    (e = db_friend_remove(s->db, s->user, name, id, &f)) != E_OK)
		return e;
	jw_named(&rq->body, "user", f.id, f.name);
	return E_OK;
}

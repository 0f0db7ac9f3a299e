/* SPDX-License-Identifier: ISC */
/*
 * friend_add - put a user on my list: one-sided and at once, mutual when both have done it.
 *
 *	{"op":"friend_add","user":"bob"}
 *	{"ok":true,"friend":{"id":8,"name":"bob","state":"online","mutual":false}}
 */
#include "db/friend.h"
#include "handlers/ops.h"
#include "handlers/show.h"
#include "handlers/sight.h"
#include "session/tell.h"

enum error
op_friend_add(struct session *s, struct req *rq)
{
	struct friend_row f;
	struct sight was;
	bool added = false;
	enum error e;

	if ((e = want_sight(s, rq, &was)) != E_OK ||
	    (e = db_friend_add(s->db, s->user, NULL, was.id, &f, &added)) != E_OK)
		return e;
	show_friend(&rq->body, "friend", &f);
	if (!added)
		return E_OK;
	if (!f.mutual)
		tell_friend_request(s, f.id);
	else
		tell_friend_accepted(s, f.id, f.name);
	sight_changed(s, &was);
	return E_OK;
}

/* SPDX-License-Identifier: ISC */
/*
 * friend_add - put a user on my list: one-sided and at once, mutual when both have done it.
 *
 *	{"op":"friend_add","user":"bob"}
 *	{"ok":true,"friend":{"id":8,"name":"bob","state":"online","mutual":false}}
 */
#include "db/friend.h"
#include "session/event.h"
#include "handlers/handlers.h"

static void
tell(struct conn *c, int64_t whom, const char *event, int64_t id, const char *name)
{
	struct buf line = {0};

	event_begin(&line, event);
	jw_named(&line, "user", id, name);
	event_end(&line);
	if (whom == c->user)
		conn_event(c, buf_data(&line), buf_len(&line));
	conn_tell(c, whom, &line);
	buf_free(&line);
}

enum error
op_friend_add(struct conn *c, struct req *rq)
{
	const char *name;
	struct friend_row f;
	bool added = false;
	int64_t id;
	enum error e;

	if ((e = want_who(rq, "user", &name, &id)) != E_OK ||
	    (e = db_friend_add(c->db, c->user, name, id, &f, &added)) != E_OK)
		return e;
	show_friend(&rq->body, "friend", &f);
	if (!added)
		return E_OK;
	if (!f.mutual) {
		tell(c, f.id, "friend_request", c->user, c->user_name);
		return E_OK;
	}
	tell(c, f.id, "friend_accepted", c->user, c->user_name);
	tell(c, c->user, "friend_accepted", f.id, f.name);
	return E_OK;
}

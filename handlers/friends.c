/* SPDX-License-Identifier: ISC */
/*
 * friends - my list, and who would like to be on it.
 *
 *	{"op":"friends"}
 *	{"ok":true,"friends":[{"id":8,"name":"bob","state":"online","mutual":true}],"requests":[{"id":9,"name":"carol"}]}
 */
#include "db/friend.h"
#include "handlers/ops.h"
#include "handlers/show.h"

enum error
op_friends(struct session *s, struct req *rq)
{
	struct friend_row f;
	enum error e;

	if ((e = db_friend_list(s->db, s->user)) != E_OK)
		return e;
	show_friends(s, &rq->body);
	if ((e = db_friend_requests(s->db, s->user)) != E_OK)
		return e;
	jw_open(&rq->body, "requests", '[');
	while (db_friend_request_next(s->db, &f))
		jw_named(&rq->body, NULL, f.id, f.name);
	jw_close(&rq->body, ']');
	return E_OK;
}

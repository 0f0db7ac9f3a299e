/* SPDX-License-Identifier: ISC */
/*
 * friends - my list, and who would like to be on it.
 *
 *	{"op":"friends"}
 *	{"ok":true,"friends":[{"id":8,"name":"bob","state":"online","mutual":true}],"requests":[{"id":9,"name":"carol"}]}
 */
#include "db/friend.h"
#include "handlers/handlers.h"

enum error
op_friends(struct conn *c, struct req *rq)
{
	struct friend_row f;
	enum error e;

	if ((e = show_friends(c, &rq->body)) != E_OK || (e = db_friend_requests(c->db, c->user)) != E_OK)
		return e;
	jw_open(&rq->body, "requests", '[');
	while (db_friend_request_next(c->db, &f))
		jw_named(&rq->body, NULL, f.id, f.name);
	jw_close(&rq->body, ']');
	return E_OK;
}

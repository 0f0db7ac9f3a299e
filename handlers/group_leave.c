/* SPDX-License-Identifier: ISC */
/*
 * group_leave - end my membership. The creator hands over first, or is the last.
 *
 *	{"op":"group_leave","group":"team"}
 *	{"ok":true,"group":{"id":3,"name":"team"}}
 */
#include "db/group.h"
#include "session/deliver.h"
#include "handlers/handlers.h"

enum error
op_group_leave(struct conn *c, struct req *rq)
{
	struct group_row g;
	const char *name;
	int64_t id;
	enum error e;

	if ((e = want_who(rq, "group", &name, &id)) != E_OK)
		return e;
	c->resync = true; /* also when the answer is lost */
	if ((e = db_group_leave(c->db, c->user, name, id, &g)) != E_OK)
		return e;
	jw_named(&rq->body, "group", g.id, g.name);
	tell_membership(c, c->user, &g, false);
	publish_entry(c, g.id, g.last_seq, c->user);
	return E_OK;
}

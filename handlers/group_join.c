/* SPDX-License-Identifier: ISC */
/*
 * group_join - become a member: of an open group, or of one I was invited to. Repeated: ok, nothing happens.
 *
 *	{"op":"group_join","group":"team"}
 *	{"ok":true,"group":{"id":3,"name":"team","description":"us","role":"normal","last_seq":17,"join":"open",…}}
 */
#include "db/group.h"
#include "session/deliver.h"
#include "handlers/handlers.h"

enum error
op_group_join(struct conn *c, struct req *rq)
{
	struct group_row g;
	const char *name;
	bool joined = false;
	int64_t id;
	enum error e;

	if ((e = want_who(rq, "group", &name, &id)) != E_OK ||
	    (e = db_group_join(c->db, c->user, name, id, &g, &joined)) != E_OK)
		return e;
	show_group(&rq->body, "group", &g);
	if (!joined) {
		c->resync = true; /* perhaps joined by a request whose answer was lost */
		return E_OK;
	}
	tell_membership(c, c->user, &g, true);
	publish_entry(c, g.id, g.last_seq, 0);
	deliver_joined(c, g.id, g.last_seq);
	return E_OK;
}

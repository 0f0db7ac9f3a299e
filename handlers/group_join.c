/* SPDX-License-Identifier: ISC */
/*
 * group_join - become a member: of an open group, or of one I was invited to. Repeated: ok, nothing happens.
 *
 *	{"op":"group_join","group":"team"}
 *	{"ok":true,"group":{"id":3,"name":"team","description":"us","role":"normal","last_seq":17,"join":"open",…}}
 */
#include "db/group.h"
#include "handlers/ops.h"
#include "handlers/show.h"
#include "handlers/sight.h"
#include "session/deliver.h"
#include "session/tell.h"

enum error
op_group_join(struct session *s, struct req *rq)
{
	struct group_row g;
	const char *name;
	bool joined = false;
	int64_t id;
	enum error e;

	if ((e = want_who(rq, "group", &name, &id)) != E_OK ||
	    (e = db_group_join(s->db, s->user, name, id, &g, &joined)) != E_OK)
		return e;
	show_group(&rq->body, "group", &g);
	if (!joined) {
		deliver_resync(s); /* perhaps joined by a request whose answer was lost */
		return E_OK;
	}
	tell_membership(s, s->user, g.id, g.name, true);
	tell_entry(s, g.id, g.last_seq, 0);
	deliver_joined(s, g.id, g.last_seq);
	sight_joined(s, s->user, g.id, true);
	return E_OK;
}

/* SPDX-License-Identifier: ISC */
/*
 * group_leave - end my membership. The creator hands over first, or is the last.
 *
 *	{"op":"group_leave","group":"team"}
 *	{"ok":true,"group":{"id":3,"name":"team"}}
 */
#include "db/group.h"
#include "handlers/ops.h"
#include "handlers/sight.h"
#include "lib/jw.h"
#include "session/deliver.h"
#include "session/tell.h"

enum error
op_group_leave(struct session *s, struct req *rq)
{
	struct group_row g;
	const char *name;
	int64_t id;
	enum error e;

	if ((e = want_who(rq, "group", &name, &id)) != E_OK)
		return e;
	deliver_resync(s); /* also when the answer is lost */
	if ((e = db_group_leave(s->db, s->user, name, id, &g)) != E_OK)
		return e;
	jw_named(&rq->body, "group", g.id, g.name);
	tell_membership(s, s->user, g.id, g.name, false);
	tell_entry(s, g.id, g.last_seq, s->user);
	sight_joined(s, s->user, g.id, false);
	return E_OK;
}

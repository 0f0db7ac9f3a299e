/* SPDX-License-Identifier: ISC */
/*
 * group_create - a new group, of which I am the creator.
 *
 *	{"op":"group_create","name":"team","description":"us","join":"invite","history":"all"}
 *	{"ok":true,"group":{"id":3,"name":"team","description":"us","role":"creator","last_seq":1,"join":"invite","history":"all"}}
 */
#include "db/group.h"
#include "handlers/ops.h"
#include "handlers/show.h"
#include "session/deliver.h"
#include "session/tell.h"

enum error
op_group_create(struct session *s, struct req *rq)
{
	const char *name, *description = "", *join = "open", *history = "joined";
	struct group_row g;
	enum error e;

	if ((e = want_chars(rq, "name", 1, 50, &name)) != E_OK ||
	    (has(rq, "description") && (e = want_chars(rq, "description", 0, 200, &description)) != E_OK) ||
	    (e = may_word(rq, "join", "open invite", &join)) != E_OK ||
	    (e = may_word(rq, "history", "joined all", &history)) != E_OK ||
	    (e = db_group_create(s->db, s->user, name, description, join, history, &g)) != E_OK)
		return e;
	show_group(&rq->body, "group", &g);
	tell_membership(s, s->user, g.id, g.name, true);
	deliver_joined(s, g.id, g.last_seq);
	return E_OK;
}

/* SPDX-License-Identifier: ISC */
/*
 * group_set - another name, description or policy for a group of which I am an admin.
 *
 *	{"op":"group_set","group":"team","name":"the team","join":"invite"}
 *	{"ok":true,"group":{"id":3,"name":"the team","description":"us","role":"creator","last_seq":18,"join":"invite",…}}
 */
#include "db/group.h"
#include "handlers/ops.h"
#include "handlers/show.h"
#include "session/tell.h"

enum error
op_group_set(struct session *s, struct req *rq)
{
	const char *group, *name = NULL, *description = NULL, *join = NULL, *history = NULL;
	struct group_row g;
	int64_t id;
	enum error e;

	if ((e = want_who(rq, "group", &group, &id)) != E_OK ||
	    (has(rq, "name") && (e = want_chars(rq, "name", 1, 50, &name)) != E_OK) ||
	    (has(rq, "description") && (e = want_chars(rq, "description", 0, 200, &description)) != E_OK) ||
	    (e = may_word(rq, "join", "open invite", &join)) != E_OK ||
	    (e = may_word(rq, "history", "joined all", &history)) != E_OK)
		return e;
	if (name == NULL && description == NULL && join == NULL && history == NULL)
		return refuse(rq, E_BAD_REQUEST, "at least one of name, description, join and history is wanted");
	if ((e = db_group_set(s->db, s->user, group, id, name, description, join, history, &g)) != E_OK)
		return e;
	show_group(&rq->body, "group", &g);
	tell_entry(s, g.id, g.last_seq, 0);
	return E_OK;
}

/* SPDX-License-Identifier: ISC */
/*
 * groups - the groups I am in.
 *
 *	{"op":"groups"}
 *	{"ok":true,"groups":[{"id":3,"name":"team","description":"us","role":"creator","last_seq":17,"join":"open",…}]}
 */
#include "handlers/ops.h"
#include "handlers/show.h"

enum error
op_groups(struct session *s, struct req *rq)
{
	enum error e = db_group_list(s->db, s->user);

	if (e == E_OK)
		show_groups(s, &rq->body);
	return e;
}

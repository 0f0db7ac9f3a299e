/* SPDX-License-Identifier: ISC */
/*
 * group_members - who is in a group of mine, creator and admins first.
 *
 *	{"op":"group_members","group":"team"}
 *	{"ok":true,"members":[{"id":7,"name":"alice","role":"creator","state":"online"}]}
 */
#include "db/group.h"
#include "handlers/ops.h"
#include "lib/jw.h"

enum error
op_group_members(struct session *s, struct req *rq)
{
	struct buf *b = &rq->body;
	struct member_row m;
	const char *name;
	int64_t id;
	enum error e;

	if ((e = want_who(rq, "group", &name, &id)) != E_OK || (e = db_group_members(s->db, s->user, name, id)) != E_OK)
		return e;
	jw_open(b, "members", '[');
	while (db_group_member_next(s->db, &m)) {
		jw_open(b, NULL, '{');
		jw_int(b, "id", m.id);
		jw_str(b, "name", m.name);
		jw_str(b, "role", m.role);
		jw_str(b, "state", m.online ? "online" : "offline");
		jw_close(b, '}');
	}
	jw_close(b, ']');
	return E_OK;
}

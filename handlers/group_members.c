/* SPDX-License-Identifier: ISC */
/*
 * group_members - who is in a group of mine, creator and admins first.
 *
 *	{"op":"group_members","group":"team"}
 *	{"ok":true,"members":[{"id":7,"name":"alice","role":"creator","state":"online"}],"more":false}
 */
#include "db/group.h"
#include "handlers/ops.h"
#include "handlers/page.h"
#include "lib/jw.h"

enum error
op_group_members(struct session *s, struct req *rq)
{
	struct buf *b = &rq->body;
	struct member_row m;
	struct page p;
	const char *name;
	size_t begun;
	int64_t id;
	enum error e;

	if ((e = want_who(rq, "group", &name, &id)) != E_OK || (e = want_page(rq, &p, PAGE_MAX, PAGE_MAX)) != E_OK ||
	    (e = db_group_members(s->db, s->user, name, id, p.at[0], (int)p.limit + 1)) != E_OK)
		return e;
	jw_open(b, "members", '[');
	do {
		begun = buf_len(b);
		if (!db_group_member_next(s->db, &m))
			break;
		jw_open(b, NULL, '{');
		jw_int(b, "id", m.id);
		jw_str(b, "name", m.name);
		jw_str(b, "role", m.role);
		jw_str(b, "state", m.online ? "online" : "offline");
		jw_close(b, '}');
	} while (page_row(&p, b, begun, (const int64_t[3]){m.id}));
	jw_close(b, ']');
	page_end(&p, b);
	return E_OK;
}

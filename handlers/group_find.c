/* SPDX-License-Identifier: ISC */
/*
 * group_find - open groups whose name or description contains a text.
 *
 *	{"op":"group_find","text":"tea","limit":20}
 *	{"ok":true,"groups":[{"id":3,"name":"team","description":"us","members":12,"join":"open","history":"joined"}]}
 */
#include "db/group.h"
#include "handlers/ops.h"
#include "lib/jw.h"

enum error
op_group_find(struct session *s, struct req *rq)
{
	struct buf *b = &rq->body;
	struct group_row g;
	const char *text;
	int64_t limit = 50;
	enum error e;

	if ((e = want_str(rq, "text", 1, 200, &text)) != E_OK || (e = may_int(rq, "limit", 1, 200, &limit)) != E_OK ||
	    (e = db_group_find(s->db, text, (int)limit)) != E_OK)
		return e;
	jw_open(b, "groups", '[');
	while (db_group_next(s->db, &g)) {
		jw_open(b, NULL, '{');
		jw_int(b, "id", g.id);
		jw_str(b, "name", g.name);
		jw_str(b, "description", g.description);
		jw_int(b, "members", g.last_seq);
		jw_str(b, "join", g.join);
		jw_str(b, "history", g.history);
		jw_close(b, '}');
	}
	jw_close(b, ']');
	return E_OK;
}

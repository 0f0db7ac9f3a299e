/* SPDX-License-Identifier: ISC */
/*
 * group_find - open groups whose name or description contains a text.
 *
 *	{"op":"group_find","text":"tea","limit":20}
 *	{"ok":true,"groups":[{"id":3,"name":"team","description":"us","members":12,"join":"open","history":"joined"}],"more":false}
 */
#include "db/group.h"
#include "handlers/ops.h"
#include "handlers/page.h"
#include "lib/jw.h"

enum error
op_group_find(struct session *s, struct req *rq)
{
	struct buf *b = &rq->body;
	struct group_row g;
	struct page p;
	const char *text;
	size_t begun;
	enum error e;

	if ((e = want_str(rq, "text", 1, 200, &text)) != E_OK || (e = want_page(rq, &p, 200, 50)) != E_OK ||
	    (e = db_group_find(s->db, text, p.at[0], (int)p.limit + 1)) != E_OK)
		return e;
	jw_open(b, "groups", '[');
	do {
		begun = buf_len(b);
		if (!db_group_next(s->db, &g))
			break;
		jw_open(b, NULL, '{');
		jw_int(b, "id", g.id);
		jw_str(b, "name", g.name);
		jw_str(b, "description", g.description);
		jw_int(b, "members", g.last_seq);
		jw_str(b, "join", g.join);
		jw_str(b, "history", g.history);
		jw_close(b, '}');
	} while (page_row(&p, b, begun, (const int64_t[3]){g.id}));
	jw_close(b, ']');
	page_end(&p, b);
	return E_OK;
}

/* SPDX-License-Identifier: ISC */
/*
 * groups - the groups I am in.
 *
 *	{"op":"groups","limit":100,"next":"…"}
 *	{"ok":true,"groups":[{"id":3,"name":"team","description":"us","role":"creator","last_seq":17,"join":"open",…}],"more":false}
 */
#include "handlers/ops.h"
#include "handlers/show.h"

enum error
op_groups(struct session *s, struct req *rq)
{
	struct page p;
	enum error e;

	if ((e = want_page(rq, &p, PAGE_MAX, PAGE_MAX)) != E_OK ||
	    (e = db_group_list(s->db, s->user, p.at[0], (int)p.limit + 1)) != E_OK)
		return e;
	show_groups(s, &rq->body, &p);
	page_end(&p, &rq->body);
	return E_OK;
}

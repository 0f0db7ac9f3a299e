/* SPDX-License-Identifier: ISC */
/*
 * block, unblock, blocks - whose messages I do not want, and who does not see whether I am online.
 *
 *	{"op":"block","user":"mallory"}
 *	{"ok":true,"user":{"id":9,"name":"mallory"}}
 *	{"op":"blocks"}
 *	{"ok":true,"blocks":[{"id":9,"name":"mallory"}],"more":false}
 */
#include "handlers/ops.h"
#include "handlers/show.h"
#include "handlers/sight.h"

enum error
op_block(struct session *s, struct req *rq)
{
	return sight_change(s, rq, db_block);
}

enum error
op_unblock(struct session *s, struct req *rq)
{
	return sight_change(s, rq, db_unblock);
}

enum error
op_blocks(struct session *s, struct req *rq)
{
	struct page p;
	enum error e;

	if ((e = want_page(rq, &p, PAGE_MAX, PAGE_MAX)) != E_OK ||
	    (e = db_block_list(s->db, s->user, p.at[0], (int)p.limit + 1)) != E_OK)
		return e;
	show_people(s, &rq->body, "blocks", &p);
	page_end(&p, &rq->body);
	return E_OK;
}

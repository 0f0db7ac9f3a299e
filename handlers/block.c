/* SPDX-License-Identifier: ISC */
/*
 * block, unblock, blocks - whose messages I do not want, and who does not see whether I am online.
 *
 *	{"op":"block","user":"mallory"}
 *	{"ok":true,"user":{"id":9,"name":"mallory"}}
 *	{"op":"blocks"}
 *	{"ok":true,"blocks":[{"id":9,"name":"mallory"}],"more":false}
 */
#include "db/friend.h"
#include "handlers/ops.h"
#include "handlers/show.h"
#include "session/tell.h"

typedef enum error block_fn(struct db *, int64_t, const char *, int64_t, struct friend_row *, bool *);

/* To one who has me on the list, I go offline when blocked, and come back when not any more. */
static enum error
block_set(struct session *s, struct req *rq, block_fn *fn, bool online)
{
	struct friend_row f;
	const char *name;
	bool hidden = false;
	int64_t id;
	enum error e;

	if ((e = want_who(rq, "user", &name, &id)) != E_OK || (e = fn(s->db, s->user, name, id, &f, &hidden)) != E_OK)
		return e;
	jw_named(&rq->body, "user", f.id, f.name);
	if (hidden)
		tell_presence(s, f.id, online);
	return E_OK;
}

enum error
op_block(struct session *s, struct req *rq)
{
	return block_set(s, rq, db_block, false);
}

enum error
op_unblock(struct session *s, struct req *rq)
{
	return block_set(s, rq, db_unblock, true);
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
